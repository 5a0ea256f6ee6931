// The Markdown that the language server writes, as elements: texts never become markup.
const INLINE = /\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]*)\]\((https?:\/\/[^)\s]+)\)/g;
const FENCE = /^```/;
const ITEM = /^- /;

export function render(markdown: string): HTMLElement {
  const root = document.createElement("div");
  root.className = "explained";
  const lines = markdown.split("\n");
  while (lines.length) root.append(...block(lines));
  return root;
}

/** Take the lines of the next block away. */
function block(lines: string[]): Node[] {
  const first = lines[0] ?? "";
  if (!first.trim()) return lines.shift(), [];
  if (FENCE.test(first)) return [code(lines)];
  if (ITEM.test(first)) return [list(take(lines, (line) => ITEM.test(line)))];
  const paragraph = document.createElement("p");
  paragraph.append(...inline(take(lines, (line) => !!line.trim() && !FENCE.test(line) && !ITEM.test(line)).join(" ")));
  return [paragraph];
}

function code(lines: string[]): HTMLElement {
  lines.shift();
  const pre = element("pre", take(lines, (line) => !FENCE.test(line)).join("\n"));
  lines.shift();
  return pre;
}

function list(lines: string[]): HTMLElement {
  const made = document.createElement("ul");
  for (const line of lines) {
    const item = document.createElement("li");
    item.append(...inline(line.replace(ITEM, "")));
    made.append(item);
  }
  return made;
}

function take(lines: string[], belongs: (line: string) => boolean): string[] {
  const end = lines.findIndex((line) => !belongs(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

function inline(text: string): Node[] {
  const made: Node[] = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    made.push(document.createTextNode(text.slice(at, found.index)), spanOf(found));
    at = found.index + found[0].length;
  }
  return [...made, document.createTextNode(text.slice(at))];
}

function spanOf([, bold, literal, label = "", url = ""]: RegExpMatchArray): Node {
  if (bold) return element("strong", bold);
  if (literal) return element("code", literal);
  const link = element("a", label) as HTMLAnchorElement;
  link.href = url;
  link.target = "_blank";
  link.rel = "noreferrer";
  return link;
}

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
