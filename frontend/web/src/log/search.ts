// Search for the rows of a log that contain a text, ignoring case. New rows are searched as they arrive.
export class Search {
  readonly hits: number[] = [];
  private searchedRows = 0;
  private readonly query: string;

  constructor(query: string) {
    this.query = query.toLowerCase();
  }

  extend(count: number, textOf: (row: number) => string): void {
    for (; this.query && this.searchedRows < count; this.searchedRows++) {
      if (textOf(this.searchedRows).toLowerCase().includes(this.query)) this.hits.push(this.searchedRows);
    }
  }
}
