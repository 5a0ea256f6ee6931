import type { OpenFile } from "../editor/open";
import { problems } from "../pages/projects";

const NAMES = { error: "✗ error", warning: "⚠ warning", note: "• note" };

/** What is wrong with the text: each finding leads to its place, and offers its fix. */
export function Problems({ file }: { file: OpenFile }) {
  const checked = file.checked.value;
  return (
    <section class="problems" aria-labelledby="problems">
      <h2 id="problems">Problems <span role="status" class="count">{checked ? problems(checked) : "checking …"}</span></h2>
      <ul>
        {checked?.diagnostics.map((one, index) => (
          <li key={index}>
            <span class={one.severity}>{NAMES[one.severity]}</span>{" "}
            <button type="button" class="link" onClick={() => file.view?.go(one.start)}>
              line {one.start.line}: {one.message}
            </button>
            {one.hint && <span class="hint"> {one.hint}</span>}{" "}
            {one.fix && <button type="button" onClick={() => file.view?.fix(one.fix!)}>Fix</button>}{" "}
            <a href={one.url} target="_blank" rel="noreferrer">why {one.rule}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}
