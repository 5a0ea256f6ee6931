// What is wrong with a text, whoever found it: the language server, or a check.
import type { Checked, Diagnostic, Range } from "../api";

export interface Edit extends Range { text: string }
export interface Finding extends Range {
  rule: string;
  severity: Diagnostic["severity"];
  message: string;
  hint: string | null;
  url: string;
  /** The file that it is in, where that is another one than the one that is open. */
  elsewhere: string;
  fix: { name: string; edits: Edit[] } | null;
}

/** The findings of a check of a file. */
export function findingsOf(checked: Checked, path: string): Finding[] {
  const name = path.split("/").at(-1);
  return checked.diagnostics.map(({ file, fix, ...one }) => ({
    ...one,
    elsewhere: file === name ? "" : file,
    fix: fix && { name: "Fix", edits: [fix] },
  }));
}

export function count(findings: Finding[]): Pick<Checked, "errors" | "warnings"> {
  const of = (severity: Finding["severity"]) => findings.filter((one) => one.severity === severity).length;
  return { errors: of("error"), warnings: of("warning") };
}
