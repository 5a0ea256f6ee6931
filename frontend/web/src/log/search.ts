// The rows of a log that hold a text, in capitals or not. Rows that come later are looked at when they come.
export class Search {
  readonly hits: number[] = [];
  private looked = 0;
  private readonly wanted: string;

  constructor(wanted: string) {
    this.wanted = wanted.toLowerCase();
  }

  extend(count: number, textOf: (row: number) => string): void {
    for (; this.wanted && this.looked < count; this.looked++) {
      if (textOf(this.looked).toLowerCase().includes(this.wanted)) this.hits.push(this.looked);
    }
  }
}
