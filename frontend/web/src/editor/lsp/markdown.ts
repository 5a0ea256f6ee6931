// Render the language server's Markdown as elements; text is never parsed as HTML.
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

/** Remove the lines of the next block and return its elements. */
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
  const ul = document.createElement("ul");
  for (const line of lines) {
    const item = document.createElement("li");
    item.append(...inline(line.replace(ITEM, "")));
    ul.append(item);
  }
  return ul;
}

function take(lines: string[], belongs: (line: string) => boolean): string[] {
  const end = lines.findIndex((line) => !belongs(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

function inline(text: string): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(document.createTextNode(text.slice(at, match.index)), spanOf(match));
    at = match.index + match[0].length;
  }
  return [...nodes, document.createTextNode(text.slice(at))];
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
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}
