// A file that is open: its text, what is saved of it, and what the server says of it. It outlives its view, so that
// going to another page and back loses nothing.
import { batch, computed, effect, signal } from "@preact/signals";
import { message, post, Problem, readFile, writeFile, type Checked, type OpenText, type Place, type Planned } from "../api";
import type { Editor } from "./editor";
import { findingsOf, type Finding } from "./findings";
import { ServedText } from "./lsp/server";

/** The target that is built where none is named. */
export const IMAGE = "image";
const PAUSE = 50; // milliseconds after the last key
const opened = new Map<string, OpenFile>();

/** A text to be answered about, until a newer one is there. */
interface Question { body: OpenText; signal: AbortSignal }

export type Against = "saved" | "last" | "git:HEAD";

export class OpenFile {
  readonly text = signal<string | null>(null);
  readonly saved = signal("");
  readonly tag = signal("");
  readonly checked = signal<Checked | null>(null);
  /** What is wrong: the language server tells it while one types, the check where that does not answer. */
  readonly findings = signal<Finding[] | null>(null);
  readonly planned = signal<Planned | null>(null);
  readonly planFault = signal("");
  readonly against = signal<Against>("last");
  readonly target = signal("");
  /** The builder of buildx; the server's where it is empty. */
  readonly builder = signal("");
  readonly line = signal(1);
  /** Which pane a phone shows: 0 has the editor. */
  readonly pane = signal(0);
  readonly told = signal("");
  readonly fault = signal("");
  /** The text that is on the disk, where that is not the one that was read. */
  readonly conflict = signal<{ text: string | null } | null>(null);
  /** Whether the editor shows where that text differs. */
  readonly isCompared = signal(false);
  readonly build = signal<(() => void) | null>(null);
  readonly isChanged = computed(() => this.text.value !== null && this.text.value !== this.saved.value);
  private editor: Editor | null = null;
  private language: ServedText | null = null;
  private timer = 0;
  private known: string | null = null;
  private latest: AbortController | null = null;

  private constructor(readonly project: string, readonly path: string) {
    let before = "";
    effect(() => {
      const now = `${this.against.value} ${this.target.value} ${this.builder.value}`;
      if (before && now !== before) this.look();
      before = now;
    });
    effect(() => {
      void [this.conflict.value, this.isChanged.value]; // what was compared is another text now
      this.compare(false);
    });
  }

  static of(project: string, path: string): OpenFile {
    const key = `${project}/${path}`;
    const found = opened.get(key) ?? new OpenFile(project, path);
    opened.set(key, found);
    return found;
  }

  /** Read it; a text that was changed here stays. */
  async load(): Promise<void> {
    try {
      const { text, tag } = await readFile(this.project, this.path);
      this.fault.value = "";
      if (!this.isChanged.value) this.take(text, tag);
      else if (tag !== this.tag.value) this.conflict.value = { text };
    } catch (error) {
      this.fault.value = message(error);
    }
  }

  /** Take a text as the one that is saved. */
  take(text: string, tag: string): void {
    batch(() => {
      this.saved.value = text;
      this.tag.value = tag;
      this.text.value = text;
      this.conflict.value = null;
    });
    if (this.editor && this.editor.text !== text) this.editor.replace(text);
    this.look();
  }

  attach(editor: Editor): void {
    this.editor = editor;
    this.language = new ServedText(this.project, this.path, this.text.value ?? "", (found) => this.found(found));
    this.look();
  }

  detach(): void {
    this.editor = null;
    this.isCompared.value = false;
    this.language?.close();
    this.language = null;
  }

  get served(): ServedText | null {
    return this.language;
  }

  /** Go to a place in the editor, which has to be in sight first. */
  go(place: Place): void {
    this.pane.value = 0;
    setTimeout(() => this.editor?.go(place));
  }

  get view(): Editor | null {
    return this.editor;
  }

  changed(text: string): void {
    this.text.value = text;
    this.told.value = "";
    this.language?.change(text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  /** Save it; true if what is on the disk is this text now. */
  async save(): Promise<boolean> {
    const text = this.text.value ?? "";
    if (!this.isChanged.value) return true;
    try {
      const tag = await writeFile(this.project, this.path, text, this.tag.value);
      batch(() => {
        this.tag.value = tag;
        this.saved.value = text;
        this.told.value = "saved";
        this.fault.value = "";
        this.conflict.value = null;
      });
      if (this.against.value === "saved") this.look();
      return true;
    } catch (error) {
      if (error instanceof Problem && error.status === 412) this.conflict.value = { text: error.more.text ?? null };
      else this.fault.value = `not saved: ${message(error)}`;
      return false;
    }
  }

  /** Show in the editor where the text that is saved, or what somebody else wrote, differs; or end that. */
  compare(wanted: boolean): void {
    this.isCompared.value = wanted;
    const conflict = this.conflict.peek();
    this.editor?.compare(wanted ? (conflict ? conflict.text : this.saved.peek()) : null, conflict ? "Take theirs" : "Take it back");
  }

  /** Keep this text, though another one is on the disk: the next save replaces that, unless it is a third one by now. */
  async keepMine(): Promise<void> {
    try {
      const { text, tag } = await readFile(this.project, this.path);
      if (this.conflict.value?.text !== text) {
        this.compare(false);
        this.conflict.value = { text };
        return;
      }
      batch(() => {
        this.tag.value = tag;
        this.saved.value = text;
        this.conflict.value = null;
      });
    } catch (error) {
      this.fault.value = message(error);
    }
  }

  async takeTheirs(): Promise<void> {
    try {
      const { text, tag } = await readFile(this.project, this.path);
      this.take(text, tag);
    } catch (error) {
      this.fault.value = message(error);
    }
  }

  /** Have the text checked and planned; an answer that a newer question has overtaken is not shown. */
  look(): void {
    void this.lookNow().catch(() => undefined);
  }

  /** Wait until what is known is of the text as it is now. */
  async settle(): Promise<void> {
    while (this.known !== this.text.value) {
      try {
        const question = this.question();
        if (!question) return;
        await this.check(question);
      } catch (error) {
        if (error instanceof Problem) throw error; // all else: a newer question was asked meanwhile
      }
    }
  }

  private found(findings: Finding[] | null): void {
    if (findings) this.show(findings);
    else this.look();
  }

  private show(findings: Finding[]): void {
    this.findings.value = findings;
    this.editor?.show(findings);
  }

  private question(): Question | null {
    const text = this.text.value;
    if (text === null) return null;
    this.latest?.abort();
    this.latest = new AbortController();
    return { body: { project: this.project, path: this.path, text }, signal: this.latest.signal };
  }

  private async check({ body, signal }: Question): Promise<Checked | null> {
    const checked = await post<Checked>("/check", body, signal);
    if (signal.aborted) return null;
    this.known = body.text;
    this.checked.value = checked;
    if (!this.language?.answers) this.show(findingsOf(checked, this.path));
    return checked;
  }

  private plan({ body, signal }: Question): Promise<Planned> {
    const more = { ...body, target: this.target.value || IMAGE, against: this.against.value, builder: this.builder.value };
    return post<Planned>("/plan", more, signal);
  }

  /** Check and plan the text, at the same time: of a text with errors there is no plan. */
  private async lookNow(): Promise<void> {
    const question = this.question();
    if (!question) return;
    const planning = this.plan(question);
    planning.catch(() => undefined); // it is taken below, unless the check fails first
    const checked = await this.check(question);
    if (!checked) return;
    try {
      const planned = checked.errors ? null : await planning;
      if (question.signal.aborted) return;
      if (planned) this.planned.value = planned;
      const known = this.planned.value ? "This is the plan of the last text without errors." : "There is no plan while the text has errors.";
      this.planFault.value = planned ? "" : known;
    } catch (error) {
      if (question.signal.aborted) return;
      this.planFault.value = message(error);
    }
  }
}
