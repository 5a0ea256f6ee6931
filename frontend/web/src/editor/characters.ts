// Columns of the server count characters (code points); those of JavaScript count UTF-16 units.

/** The units of the first characters of a text; all of them if it has fewer. */
export function unitsOf(text: string, characters: number): number {
  return [...text].slice(0, characters).join("").length;
}

/** The characters in the first units of a text. */
export function charactersOf(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}
