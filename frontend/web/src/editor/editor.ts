// The editor of a Kairosfile: CodeMirror with YAML, the server's diagnostics, and the page's key bindings.
import { closeBrackets } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic as Lint, lintGutter, nextDiagnostic, previousDiagnostic, setDiagnostics } from "@codemirror/lint";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { type ChangeSpec, Compartment, EditorState, type Extension, StateEffect, StateField, type Text } from "@codemirror/state";
import { Decoration, type DecorationSet, drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Place } from "../api";
import { unitsOf } from "./characters";
import type { Edit, Finding } from "./findings";
import { languageSupport } from "./lsp/extension";
import type { ServedText } from "./lsp/server";

export interface Hooks {
  label: string;
  change: (text: string) => void;
  line: (line: number) => void;
  save: () => void;
  build: () => void;
  servedText: () => ServedText | null;
}

const nonce = document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--key)" },
  { tag: [tags.string, tags.content], color: "var(--ink)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.labelName, tags.typeName], color: "var(--accent)" },
]);

const mark = StateEffect.define<number[]>();
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(now, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(mark)) return lines(transaction.state.doc, effect.value);
    }
    return now.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function lines(doc: Text, numbers: number[]): DecorationSet {
  const existing = [...new Set(numbers)].filter((number) => number >= 1 && number <= doc.lines).sort((a, b) => a - b);
  return Decoration.set(existing.map((number) => Decoration.line({ class: "cm-costs" }).range(doc.line(number).from)));
}

/** The editor of the page. It owns the text: other parts receive each change, and change the text through this class. */
export class Editor {
  private readonly view: EditorView;
  private readonly comparison = new Compartment();
  private lineEnd: string;

  constructor(parent: HTMLElement, text: string, hooks: Hooks) {
    this.lineEnd = lineEndOf(text);
    const changeListener = EditorView.updateListener.of((update) => {
      if (update.docChanged) hooks.change(this.text);
    });
    const all = [extensions(hooks), changeListener, this.comparison.of([])];
    this.view = new EditorView({ parent, state: EditorState.create({ doc: text, extensions: all }) });
  }

  /** The text with its original line ends; CodeMirror itself stores lines without them. */
  get text(): string {
    return this.view.state.sliceDoc().replaceAll("\n", this.lineEnd);
  }

  /** Replace the text by changing only the part that differs, so that the cursor stays and one undo reverts the change. */
  replace(newText: string): void {
    this.lineEnd = lineEndOf(newText);
    const before = this.view.state.sliceDoc();
    const text = newText.replace(/\r\n?/g, "\n");
    let start = 0;
    while (start < Math.min(before.length, text.length) && before[start] === text[start]) start++;
    let end = 0;
    const most = Math.min(before.length, text.length) - start;
    while (end < most && before[before.length - 1 - end] === text[text.length - 1 - end]) end++;
    this.change([{ from: start, to: before.length - end, insert: text.slice(start, text.length - end) }]);
  }

  change(changes: ChangeSpec): void {
    this.view.dispatch({ changes, userEvent: "input" });
  }

  show(findings: Finding[]): void {
    const doc = this.view.state.doc;
    const here = findings.filter((one) => !one.elsewhere);
    this.view.dispatch(setDiagnostics(this.view.state, here.map((one) => lint(doc, one))));
  }

  /** Show the differences from `original`, with two buttons at each; `other` names the one that restores it. Null hides them. */
  compare(original: string | null, other: string): void {
    const mergeControls = (type: "accept" | "reject", action: (event: MouseEvent) => void) =>
      button(type === "accept" ? "Keep mine" : other, action);
    const extension = original === null ? [] : unifiedMergeView({ original, mergeControls });
    this.view.dispatch({ effects: this.comparison.reconfigure(extension) });
  }

  /** Mark the lines that make steps run again. */
  mark(numbers: number[]): void {
    this.view.dispatch({ effects: mark.of(numbers) });
  }

  /** Move the cursor to a place and focus the editor. */
  go(place: Place): void {
    const anchor = offset(this.view.state.doc, place);
    this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    this.view.focus();
  }

  fix(edits: Edit[]): void {
    this.change(changesOf(this.view.state.doc, edits));
    this.view.focus();
  }

  destroy(): void {
    this.view.destroy();
  }
}

function lineEndOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function offset(doc: Text, { line, column }: Place): number {
  const docLine = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return docLine.from + unitsOf(docLine.text, column - 1);
}

function changesOf(doc: Text, edits: Edit[]): ChangeSpec {
  return edits.map(({ start, end, text }) => ({ from: offset(doc, start), to: offset(doc, end), insert: text }));
}

function lint(doc: Text, one: Finding): Lint {
  const from = offset(doc, one.start);
  const fix = one.fix;
  const apply = (view: EditorView) => {
    if (fix) view.dispatch({ changes: changesOf(view.state.doc, fix.edits), userEvent: "input" });
  };
  return {
    from,
    to: Math.max(offset(doc, one.end), from),
    severity: one.severity === "note" ? "info" : one.severity,
    source: one.rule,
    message: one.hint ? `${one.message}; ${one.hint}` : one.message,
    actions: fix ? [{ name: fix.name, apply }] : [],
  };
}

function button(name: string, action: (event: MouseEvent) => void): HTMLElement {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = name;
  element.addEventListener("click", action);
  return element;
}

function extensions(hooks: Hooks): Extension[] {
  const does = (action: () => void) => () => (action(), true);
  return [
    EditorView.cspNonce.of(nonce),
    EditorView.contentAttributes.of({ "aria-label": hooks.label, spellcheck: "false", tabindex: "0" }),
    lineNumbers(),
    history(),
    drawSelection(),
    indentUnit.of("  "),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    languageSupport(hooks.servedText),
    highlightActiveLine(),
    highlightSelectionMatches(),
    yaml(),
    syntaxHighlighting(colours),
    lintGutter(),
    marks,
    keymap.of([
      { key: "Mod-s", run: does(hooks.save), preventDefault: true },
      { key: "Mod-Enter", run: does(hooks.build), preventDefault: true },
      { key: "F8", run: nextDiagnostic, shift: previousDiagnostic },
      ...searchKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.selectionSet || update.docChanged) hooks.line(update.state.doc.lineAt(update.state.selection.main.head).number);
    }),
  ];
}
