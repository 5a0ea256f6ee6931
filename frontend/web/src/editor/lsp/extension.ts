// Language server features of the editor: completion while typing, and an explanation of the word under the pointer or,
// with F1, at the cursor.
import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { type Extension, StateEffect, StateField, type Text } from "@codemirror/state";
import { type EditorView, hoverTooltip, keymap, showTooltip, type Tooltip } from "@codemirror/view";
import { charactersOf, unitsOf } from "../characters";
import { render } from "./markdown";
import type { CompletionItem, Position } from "./protocol";
import type { ServedText } from "./server";

type GetServedText = () => ServedText | null;

export function languageSupport(getServedText: GetServedText): Extension {
  return [
    autocompletion({ override: [(context) => complete(context, getServedText())], icons: false }),
    hoverTooltip((view, place) => explain(view, place, getServedText())),
    tooltipField,
    keymap.of([
      { key: "F1", run: (view) => (void explainHere(view, getServedText()), true), preventDefault: true },
      { key: "Escape", run: (view) => hide(view) },
    ]),
  ];
}

const explanation = StateEffect.define<Tooltip | null>();
const tooltipField = StateField.define<Tooltip | null>({
  create: () => null,
  update(now, transaction) {
    const latest = transaction.effects.find((effect) => effect.is(explanation));
    if (latest) return latest.value as Tooltip | null;
    return transaction.docChanged || transaction.selection ? null : now;
  },
  provide: (field) => showTooltip.from(field),
});

async function explainHere(view: EditorView, servedText: ServedText | null): Promise<void> {
  const place = view.state.selection.main.head;
  const content = await explain(view, place, servedText);
  if (view.state.selection.main.head === place) view.dispatch({ effects: explanation.of(content) });
}

function hide(view: EditorView): boolean {
  if (!view.state.field(tooltipField)) return false;
  view.dispatch({ effects: explanation.of(null) });
  return true;
}

async function explain(view: EditorView, place: number, servedText: ServedText | null): Promise<Tooltip | null> {
  const doc = view.state.doc;
  const hover = await servedText?.hover(positionOf(doc, place));
  if (!hover || view.state.doc !== doc) return null;
  const pos = hover.range ? offsetOf(doc, hover.range.start) : place;
  return { pos, above: false, create: () => ({ dom: tooltip(hover.contents.value) }) };
}

function tooltip(markdown: string): HTMLElement {
  const dom = render(markdown);
  dom.setAttribute("role", "status");
  return dom;
}

async function complete(context: CompletionContext, servedText: ServedText | null): Promise<CompletionResult | null> {
  const doc = context.state.doc;
  if (!context.explicit && !context.matchBefore(/\S ?$/)) return null; // this line has no text before the cursor yet
  const list = await servedText?.complete(positionOf(doc, context.pos));
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
  const docLine = doc.line(Math.min(line + 1, doc.lines));
  return docLine.from + unitsOf(docLine.text, character);
}
