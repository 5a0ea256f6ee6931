// The findings of a text, from the language server or from a check.
import type { CheckResult, Diagnostic, Range } from "../api";

export interface Edit extends Range { text: string }
export interface Finding extends Range {
  rule: string;
  severity: Diagnostic["severity"];
  message: string;
  hint: string | null;
  url: string;
  /** The file of the finding if it is not the open one, else empty. */
  elsewhere: string;
  fix: { name: string; edits: Edit[] } | null;
}

/** The findings of a check of a file. */
export function findingsOf(result: CheckResult, path: string): Finding[] {
  const name = path.split("/").at(-1);
  return result.diagnostics.map(({ file, fix, ...one }) => ({
    ...one,
    elsewhere: file === name ? "" : file,
    fix: fix && { name: "Fix", edits: [fix] },
  }));
}

export function count(findings: Finding[]): Pick<CheckResult, "errors" | "warnings"> {
  const of = (severity: Finding["severity"]) => findings.filter((one) => one.severity === severity).length;
  return { errors: of("error"), warnings: of("warning") };
}
