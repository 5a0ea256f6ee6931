import { count, type Finding } from "../editor/findings";
import type { OpenFile } from "../editor/open";
import { problems } from "../pages/projects";

const NAMES = { error: "✗ error", warning: "⚠ warning", note: "• note" };
const ORDER = ["error", "warning", "note"]; // errors first, each severity in line order

function statusText(file: OpenFile, findings: Finding[] | undefined): string {
  if (file.checkFault.value) return "";
  return findings ? problems(count(findings)) : "checking …";
}

/** The findings of the text, each with a link to its place and its fix. */
export function Problems({ file }: { file: OpenFile }) {
  const findings = file.findings.value?.toSorted((one, two) => ORDER.indexOf(one.severity) - ORDER.indexOf(two.severity));
  return (
    <section class="problems" aria-labelledby="problems">
      <h2 id="problems">Problems <span role="status" class="count">{statusText(file, findings)}</span></h2>
      {file.checkFault.value && <p role="alert" class="fault">{file.checkFault.value}</p>}
      <ul>
        {findings?.map((one, index) => (
          <li key={index}>
            <span class={one.severity}>{NAMES[one.severity]}</span>{" "}
            {one.elsewhere ? (
              <span>{one.elsewhere}, line {one.start.line}: {one.message}</span>
            ) : (
              <button type="button" class="link" onClick={() => file.go(one.start)}>
                line {one.start.line}: {one.message}
              </button>
            )}
            {one.hint && <span class="hint"> {one.hint}</span>}{" "}
            {one.fix && <button type="button" onClick={() => file.view?.fix(one.fix!.edits)}>{one.fix.name}</button>}{" "}
            <a href={one.url} target="_blank" rel="noreferrer">why {one.rule}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}
