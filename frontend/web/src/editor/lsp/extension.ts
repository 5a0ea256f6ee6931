// What the language server knows, in the editor: completion while one types, an explanation of what the pointer or,
// with F1, the cursor is on.
import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { type Extension, StateEffect, StateField, type Text } from "@codemirror/state";
import { type EditorView, hoverTooltip, keymap, showTooltip, type Tooltip } from "@codemirror/view";
import { charactersOf, unitsOf } from "../characters";
import { render } from "./markdown";
import type { CompletionItem, Position } from "./protocol";
import type { ServedText } from "./server";

type Served = () => ServedText | null;

export function languageSupport(served: Served): Extension {
  return [
    autocompletion({ override: [(context) => complete(context, served())], icons: false }),
    hoverTooltip((view, place) => explain(view, place, served())),
    explained,
    keymap.of([
      { key: "F1", run: (view) => (void explainHere(view, served()), true), preventDefault: true },
      { key: "Escape", run: (view) => hide(view) },
    ]),
  ];
}

const explanation = StateEffect.define<Tooltip | null>();
const explained = StateField.define<Tooltip | null>({
  create: () => null,
  update(now, transaction) {
    const told = transaction.effects.find((effect) => effect.is(explanation));
    if (told) return told.value as Tooltip | null;
    return transaction.docChanged || transaction.selection ? null : now;
  },
  provide: (field) => showTooltip.from(field),
});

async function explainHere(view: EditorView, served: ServedText | null): Promise<void> {
  const place = view.state.selection.main.head;
  const found = await explain(view, place, served);
  if (view.state.selection.main.head === place) view.dispatch({ effects: explanation.of(found) });
}

function hide(view: EditorView): boolean {
  if (!view.state.field(explained)) return false;
  view.dispatch({ effects: explanation.of(null) });
  return true;
}

async function explain(view: EditorView, place: number, served: ServedText | null): Promise<Tooltip | null> {
  const doc = view.state.doc;
  const found = await served?.hover(positionOf(doc, place));
  if (!found || view.state.doc !== doc) return null;
  const pos = found.range ? offsetOf(doc, found.range.start) : place;
  return { pos, above: false, create: () => ({ dom: tooltip(found.contents.value) }) };
}

function tooltip(markdown: string): HTMLElement {
  const dom = render(markdown);
  dom.setAttribute("role", "status");
  return dom;
}

async function complete(context: CompletionContext, served: ServedText | null): Promise<CompletionResult | null> {
  const doc = context.state.doc;
  if (!context.explicit && !context.matchBefore(/\S ?$/)) return null; // nothing was typed yet in this line
  const list = await served?.complete(positionOf(doc, context.pos));
  const first = list?.items.find((item) => item.textEdit);
  if (!list || !first?.textEdit || context.aborted || !context.view?.hasFocus) return null;
  const from = offsetOf(doc, first.textEdit.range.start);
  return { from, options: list.items.map(option), validFor: /^[\w.-]*$/ };
}

function option({ label, detail, documentation, filterText, sortText, textEdit }: CompletionItem): Completion {
  return {
    label: filterText ?? label,
    displayLabel: label,
    apply: textEdit?.newText ?? label,
    ...(detail && { detail }),
    ...(sortText && { sortText }),
    ...(documentation && { info: () => render(documentation.value) }),
  };
}

function positionOf(doc: Text, offset: number): Position {
  const line = doc.lineAt(offset);
  return { line: line.number - 1, character: charactersOf(line.text, offset - line.from) };
}

function offsetOf(doc: Text, { line, character }: Position): number {
  const found = doc.line(Math.min(line + 1, doc.lines));
  return found.from + unitsOf(found.text, character);
}
