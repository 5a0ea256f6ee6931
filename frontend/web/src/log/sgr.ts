// Colours of a log: SGR sequences (ECMA-48) become CSS classes. All other sequences are removed, and the input is only
// ever rendered as text.
export interface Span { text: string; style: string }

const SEQUENCE = /\x1b(?:\[([0-9;:]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;
const UNSEEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;
const LONGEST = 8192;

/** The visible text of a line: the last state of a line that a program redraws, and the beginning of a long one. */
export function visibleText(line: string): string {
  const lastState = line.slice(line.lastIndexOf("\r", line.length - 2) + 1);
  return lastState.length > LONGEST ? `${lastState.slice(0, LONGEST)} …` : lastState;
}

/** The visible text of a line as spans with their styles. */
export function spans(line: string): Span[] {
  const content = visibleText(line);
  const result: Span[] = [];
  let style = new Map<string, string>();
  let from = 0;
  const add = (text: string) => {
    const visible = text.replace(UNSEEN, "");
    if (visible) result.push({ text: visible, style: [...style.values()].join(" ") });
  };
  for (const match of content.matchAll(SEQUENCE)) {
    add(content.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === "m") style = applyCodes(style, match[1] ?? "");
  }
  add(content.slice(from));
  return result;
}

/** The visible text of a line without colours, for searching and measuring. */
export const plain = (line: string): string => visibleText(line).replace(SEQUENCE, "").replace(UNSEEN, "");

/** The raw output of a line, with control characters as escapes. */
export const raw = (line: string): string =>
  line.replace(UNSEEN, (letter) => {
    const code = letter.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });

const WEIGHTS: Record<number, [string, string]> = { 1: ["weight", "bold"], 2: ["weight", "dim"], 3: ["slant", "italic"], 4: ["line", "underline"] };
const ENDS: Record<number, string> = { 22: "weight", 23: "slant", 24: "line", 39: "ink" };

function applyCodes(before: Map<string, string>, codes: string): Map<string, string> {
  let style = new Map(before);
  const numbers = codes.split(/[;:]/).map(Number);
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at] ?? 0;
    const weight = WEIGHTS[code];
    const end = ENDS[code];
    if (code === 0) style = new Map();
    else if (weight) style.set(...weight);
    else if (end) style.delete(end);
    else if (code >= 30 && code <= 37) style.set("ink", `ink${code - 30}`);
    else if (code >= 90 && code <= 97) style.set("ink", `ink${code - 90}`);
    else if (code === 38 || code === 48) at += numbers[at + 1] === 5 ? 2 : 4; // 256 colours and true colour: not supported
  }
  return style;
}
