// Where the rows of a log are: each takes one line of the screen or, wrapped, as many as its text fills.
export const HEIGHT = 20; // pixels of a line, which app.css gives it too
const TAB = 4; // columns at most, which app.css gives it too
const WIDE = /[\u1100-\ud7ff\ue000-\uffdc]/g; // letters that take two columns, and some that take one

export class Layout {
  private readonly ends: number[] = []; // by row, the lines up to its end

  /** Rows have so many columns of the screen; without an end they are not wrapped. */
  constructor(private readonly columns: number) {}

  /** Place the rows that have come since the last time. */
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
