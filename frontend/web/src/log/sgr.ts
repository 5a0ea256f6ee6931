// Colours of a log: what programs say by SGR sequences (ECMA-48), as classes. All other sequences are left out; nothing
// of the input becomes more than a text.
export interface Span { text: string; style: string }

const SEQUENCE = /\x1b(?:\[([0-9;:]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;
const UNSEEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;
const LONGEST = 8192;

/** What is seen of a line: of one that was redrawn its last state, and of a long one its beginning. */
export function seen(line: string): string {
  const redrawn = line.slice(line.lastIndexOf("\r", line.length - 2) + 1);
  return redrawn.length > LONGEST ? `${redrawn.slice(0, LONGEST)} …` : redrawn;
}

/** The parts of what is seen of a line, with what they look like. */
export function spans(line: string): Span[] {
  const shown = seen(line);
  const found: Span[] = [];
  let style = new Map<string, string>();
  let from = 0;
  const add = (text: string) => {
    const visible = text.replace(UNSEEN, "");
    if (visible) found.push({ text: visible, style: [...style.values()].join(" ") });
  };
  for (const match of shown.matchAll(SEQUENCE)) {
    add(shown.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === "m") style = styled(style, match[1] ?? "");
  }
  add(shown.slice(from));
  return found;
}

/** What is seen of a line without its colours, to be searched and measured. */
export const plain = (line: string): string => seen(line).replace(SEQUENCE, "").replace(UNSEEN, "");

/** All that a program has written in a line, with the numbers of what a screen does not show. */
export const raw = (line: string): string =>
  line.replace(UNSEEN, (letter) => {
    const code = letter.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });

const WEIGHTS: Record<number, [string, string]> = { 1: ["weight", "bold"], 2: ["weight", "dim"], 3: ["slant", "italic"], 4: ["line", "underline"] };
const ENDS: Record<number, string> = { 22: "weight", 23: "slant", 24: "line", 39: "ink" };

function styled(before: Map<string, string>, codes: string): Map<string, string> {
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
    else if (code === 38 || code === 48) at += numbers[at + 1] === 5 ? 2 : 4; // of 256 colours, or of all: not shown
  }
  return style;
}
