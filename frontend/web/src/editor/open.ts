// An open file: its text, the saved text, and the server's check and plan. It outlives its view, so that going to another
// page and back loses nothing.
import { batch, computed, effect, signal } from "@preact/signals";
import { message, post, Problem, readFile, writeFile, type CheckResult, type OpenText, type Place, type PlanResult } from "../api";
import type { Editor } from "./editor";
import { findingsOf, type Finding } from "./findings";
import { ServedText } from "./lsp/server";

/** The default target. */
export const IMAGE = "image";
const PAUSE = 50; // milliseconds after the last key
const openFiles = new Map<string, OpenFile>();

/** A text to check and plan; `signal` aborts when a newer text replaces it. */
interface Question { body: OpenText; signal: AbortSignal }

export type Against = "saved" | "last" | "git:HEAD";

export class OpenFile {
  readonly text = signal<string | null>(null);
  readonly savedText = signal("");
  readonly tag = signal("");
  readonly checkResult = signal<CheckResult | null>(null);
  /** The findings: from the language server once it has those of this text, else from the check. */
  readonly findings = signal<Finding[] | null>(null);
  /** Why the text was not checked. */
  readonly checkFault = signal("");
  readonly planResult = signal<PlanResult | null>(null);
  readonly planFault = signal("");
  readonly against = signal<Against>("last");
  readonly target = signal("");
  /** The name of the buildx builder; empty for the server's default. */
  readonly builder = signal("");
  readonly line = signal(1);
  /** The pane that a phone shows: 0 has the editor. */
  readonly pane = signal(0);
  readonly status = signal("");
  readonly fault = signal("");
  /** The text on disk if it changed after it was read. */
  readonly conflict = signal<{ text: string | null } | null>(null);
  /** Whether the editor shows the differences. */
  readonly isCompared = signal(false);
  readonly build = signal<(() => void) | null>(null);
  readonly isChanged = computed(() => this.text.value !== null && this.text.value !== this.savedText.value);
  private editor: Editor | null = null;
  private language: ServedText | null = null;
  private timer = 0;
  private checkedText: string | null = null;
  private latest: AbortController | null = null;

  private constructor(readonly project: string, readonly path: string) {
    let before = "";
    effect(() => {
      const now = `${this.against.value} ${this.target.value} ${this.builder.value}`;
      if (before && now !== before) this.look();
      before = now;
    });
    effect(() => {
      void [this.conflict.value, this.isChanged.value]; // the compared text has changed
      this.compare(false);
    });
  }

  static of(project: string, path: string): OpenFile {
    const key = `${project}/${path}`;
    const file = openFiles.get(key) ?? new OpenFile(project, path);
    openFiles.set(key, file);
    return file;
  }

  /** Read the file; unsaved changes stay. */
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

  /** Set the text to a saved text. */
  take(text: string, tag: string): void {
    batch(() => {
      this.savedText.value = text;
      this.tag.value = tag;
      this.text.value = text;
      this.conflict.value = null;
    });
    if (this.editor && this.editor.text !== text) this.editor.replace(text);
    this.look();
  }

  attach(editor: Editor): void {
    this.editor = editor;
    this.language = new ServedText(this.project, this.path, this.text.value ?? "", (findings) => this.receiveFindings(findings));
    this.look();
  }

  detach(): void {
    this.editor = null;
    this.isCompared.value = false;
    this.language?.close();
    this.language = null;
  }

  get servedText(): ServedText | null {
    return this.language;
  }

  /** Show the editor's pane and go to a place in it. */
  go(place: Place): void {
    this.pane.value = 0;
    setTimeout(() => this.editor?.go(place));
  }

  get view(): Editor | null {
    return this.editor;
  }

  onChange(text: string): void {
    this.text.value = text;
    this.status.value = "";
    this.language?.change(text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  /** Save the file; return whether the disk has this text now. */
  async save(): Promise<boolean> {
    const text = this.text.value ?? "";
    if (!this.isChanged.value) return true;
    try {
      const tag = await writeFile(this.project, this.path, text, this.tag.value);
      batch(() => {
        this.tag.value = tag;
        this.savedText.value = text;
        this.status.value = "saved";
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

  /** Show or hide the differences from the saved text or, in a conflict, from the text on disk. */
  compare(isShown: boolean): void {
    this.isCompared.value = isShown;
    const conflict = this.conflict.peek();
    this.editor?.compare(isShown ? (conflict ? conflict.text : this.savedText.peek()) : null, conflict ? "Take theirs" : "Revert");
  }

  /** Keep this text in a conflict: the next save replaces the text on disk, unless that has changed again. */
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
        this.savedText.value = text;
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

  /** Check and plan the text; results of an older text are dropped. */
  look(): void {
    void this.lookNow().catch(() => undefined);
  }

  /** Wait until the check result is that of the current text. */
  async settle(): Promise<void> {
    while (this.checkedText !== this.text.value) {
      try {
        const question = this.question();
        if (!question) return;
        await this.check(question);
      } catch (error) {
        if (error instanceof Problem) throw error; // any other error: a newer request aborted this one
      }
    }
  }

  private receiveFindings(findings: Finding[] | null): void {
    if (findings) this.show(findings);
    else this.look();
  }

  private show(findings: Finding[]): void {
    batch(() => {
      this.findings.value = findings;
      this.checkFault.value = "";
    });
    this.editor?.show(findings);
  }

  private question(): Question | null {
    const text = this.text.value;
    if (text === null) return null;
    this.latest?.abort();
    this.latest = new AbortController();
    return { body: { project: this.project, path: this.path, text }, signal: this.latest.signal };
  }

  private async check({ body, signal }: Question): Promise<CheckResult | null> {
    const result = await this.requestCheck(body, signal);
    if (signal.aborted) return null;
    this.checkedText = body.text;
    this.checkResult.value = result;
    if (!this.language?.isCurrent) this.show(findingsOf(result, this.path));
    return result;
  }

  private async requestCheck(body: OpenText, signal: AbortSignal): Promise<CheckResult> {
    try {
      return await post<CheckResult>("/check", body, signal);
    } catch (error) {
      if (!signal.aborted && !this.language?.isCurrent) this.checkFault.value = `not checked: ${message(error)}`;
      throw error;
    }
  }

  private plan({ body, signal }: Question): Promise<PlanResult> {
    const request = { ...body, target: this.target.value || IMAGE, against: this.against.value, builder: this.builder.value };
    return post<PlanResult>("/plan", request, signal);
  }

  /** Check and plan the text at the same time; a text with errors has no plan. */
  private async lookNow(): Promise<void> {
    const question = this.question();
    if (!question) return;
    const planRequest = this.plan(question);
    planRequest.catch(() => undefined); // awaited below, unless the check fails first
    const checkResult = await this.check(question);
    if (!checkResult) return;
    try {
      const plans = checkResult.errors ? null : await planRequest;
      if (question.signal.aborted) return;
      if (plans) this.planResult.value = plans;
      const reason = this.planResult.value ? "This plan is from the last version without errors." : "No plan is available while the file has errors.";
      this.planFault.value = plans ? "" : reason;
    } catch (error) {
      if (question.signal.aborted) return;
      this.planFault.value = message(error);
    }
  }
}
