// Positions of the rows of a log: a row takes one line of the screen or, wrapped, as many as its text fills.
export const HEIGHT = 20; // pixels of a line, as in app.css
const TAB = 4; // columns at most, as in app.css
const WIDE = /[\u1100-\ud7ff\ue000-\uffdc]/g; // wide letters, which take two columns; some of them take one

export class Layout {
  private readonly ends: number[] = []; // for each row, the number of lines up to its end

  /** `columns` is the width of a row in letters; Infinity turns wrapping off. */
  constructor(private readonly columns: number) {}

  /** Add the rows that are new since the last call. */
  extend(count: number, textOf: (row: number) => string): void {
    for (let row = this.ends.length; row < count; row++) this.ends.push((this.ends[row - 1] ?? 0) + this.linesOf(row, textOf));
  }

  get height(): number {
    return this.top(this.ends.length);
  }

  top(row: number): number {
    return (this.ends[row - 1] ?? 0) * HEIGHT;
  }

  /** The row at a height. */
  at(pixels: number): number {
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.top(middle + 1) > pixels) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private linesOf(row: number, textOf: (row: number) => string): number {
    if (!Number.isFinite(this.columns)) return 1;
    const text = textOf(row);
    const wide = text.match(WIDE)?.length ?? 0;
    const tabs = text.split("\t").length - 1;
    return Math.max(1, Math.ceil((text.length + wide + tabs * (TAB - 1)) / this.columns));
  }
}
