import { useEffect } from "preact/hooks";
import type { Cost, CostStep, Plan, PlanStep } from "../api";
import type { Against, OpenFile } from "../editor/open";

/** The lines of the file that a step is of: `3:1-3:9` says one; those of included files have a name before it. */
export function linesOf(step: PlanStep): number[] {
  const starts = step.ranges.map((range) => /^(\d+):\d+-/.exec(range)?.[1]).filter((line) => line !== undefined);
  return [...new Set(starts.map(Number))];
}

export function PlanPane({ file }: { file: OpenFile }) {
  const planned = file.planned.value;
  const costs = planned?.cost ?? null;
  useEffect(() => {
    const changed = costs?.flatMap((cost) => cost.steps.flatMap((step) => step.fields)) ?? [];
    const values = file.checked.value?.values ?? {};
    const places = changed.map((field) => values[`/${field.replaceAll(".", "/")}`]?.range.start.line);
    file.view?.mark(places.filter((line) => line !== undefined));
  }, [planned, file.view]);
  return (
    <>
      <p>
        <label for="against">Cost after</label>{" "}
        <select id="against" value={file.against.value} onChange={(event) => (file.against.value = event.currentTarget.value as Against)}>
          <option value="last">the last build that worked</option>
          <option value="saved">what is saved</option>
          <option value="git:HEAD">the last commit</option>
        </select>
      </p>
      {file.planFault.value && <p class="fault" role="status">{file.planFault.value}</p>}
      {planned?.plans.map((plan, index) => <OnePlan key={plan.platform} file={file} plan={plan} cost={costs?.[index]} />)}
      <p class="hint">
        Not known here: another builder, a cache that was pruned or has steps of older builds, changed files of the context, and
        tags that have moved.
      </p>
    </>
  );
}

export function costText(cost: Cost | undefined, steps: number): string {
  if (!cost) return `Nothing was built yet: all ${steps} steps run.`;
  return cost.runs ? `${cost.runs} of ${cost.of} steps run.` : `Nothing runs: all ${cost.of} steps are cached.`;
}

function OnePlan({ file, plan, cost }: { file: OpenFile; plan: Plan; cost: Cost | undefined }) {
  const costs = new Map(cost?.steps.map((step) => [step.id, step]));
  return (
    <section aria-label={`Plan for ${plan.platform}`}>
      <h2>{plan.platform}</h2>
      <p class="cost" role="status">{costText(cost, plan.steps.length)}</p>
      <ol class="plan">
        {plan.images.map((image) => (
          <li key={image.id} class="image"><code>{image.reference}</code></li>
        ))}
        {plan.steps.map((step) => <Step key={step.id} file={file} step={step} cost={costs.get(step.id)} isKnown={!!cost} />)}
      </ol>
    </section>
  );
}

function Step({ file, step, cost, isKnown }: { file: OpenFile; step: PlanStep; cost: CostStep | undefined; isKnown: boolean }) {
  const lines = linesOf(step);
  const runs = !isKnown || cost?.runs;
  return (
    <li class={lines.includes(file.line.value) ? "here" : ""}>
      <span class={runs ? "runs" : "cached"}>{runs ? "▶ runs" : "↺ cached"}</span> {step.name}{" "}
      {lines.map((line) => (
        <button key={line} type="button" class="link" onClick={() => file.view?.go({ line, column: 1 })}>line {line}</button>
      ))}
      {isKnown && runs && <span class="hint"> {reason(cost)}</span>}
    </li>
  );
}

function reason(cost: CostStep | undefined): string {
  if (cost?.fields.length) return `because ${cost.fields.join(", ")} changed`;
  return cost?.because ? `because ${cost.because} runs` : "";
}
