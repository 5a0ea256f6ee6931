import { useEffect } from "preact/hooks";
import type { Cost, CostStep, Estimate, Plan, PlanStep } from "../api";
import type { Against, OpenFile } from "../editor/open";
import { roughly } from "./builds";
import { Picture } from "./picture";

/** The first lines of ranges such as `3:1-3:9`; ranges in included files, which start with a file name, are skipped. */
export function linesOf(ranges: string[]): number[] {
  const starts = ranges.map((range) => /^(\d+):\d+-/.exec(range)?.[1]).filter((line) => line !== undefined);
  return [...new Set(starts.map(Number))];
}

export function PlanPane({ file }: { file: OpenFile }) {
  const planResult = file.planResult.value;
  const costs = planResult?.cost ?? null;
  useEffect(() => {
    const changedFields = costs?.flatMap((cost) => cost.steps.flatMap((step) => step.fields)) ?? [];
    const values = file.checkResult.value?.values ?? {};
    const places = changedFields.map((field) => values[`/${field.replaceAll(".", "/")}`]?.range.start.line);
    file.view?.mark(places.filter((line) => line !== undefined));
  }, [planResult, file.view]);
  return (
    <>
      <p>
        <label for="against">Cost compared to</label>{" "}
        <select id="against" value={file.against.value} onChange={(event) => (file.against.value = event.currentTarget.value as Against)}>
          <option value="last">the last successful build</option>
          <option value="saved">the saved file</option>
          <option value="git:HEAD">the last commit</option>
        </select>
      </p>
      {file.planFault.value && <p class="fault" role="status">{file.planFault.value}</p>}
      {planResult?.plans.map((plan, index) => <OnePlan key={plan.platform} file={file} plan={plan} cost={costs?.[index]} estimate={planResult} isFirst={!index} />)}
      <p class="hint">
        The estimate does not account for other builders, a pruned cache, cached steps of older builds, changed files in the build
        context, and moved tags.
      </p>
    </>
  );
}

/** The steps that a build would run and their estimated time; without a cost, `estimate` of the plan is used. */
export function costText(cost: Cost | undefined, steps: number, estimate: Estimate): string {
  const time = estimateText(cost ?? estimate);
  if (!cost) return `First build: all ${steps} steps run${time}.`;
  return cost.runs ? `${cost.runs} of ${cost.of} steps run${time}.` : `Nothing runs: all ${cost.of} steps are cached.`;
}

function estimateText({ expected_seconds: seconds, saved_seconds: saved, unknown_steps: unknown }: Estimate): string {
  if (seconds === null) return "";
  return `, ${unknown ? "at least" : "about"} ${roughly(seconds)}${saved ? `; the cache saves ${roughly(saved)}` : ""}`;
}

interface OnePlanProps { file: OpenFile; plan: Plan; cost: Cost | undefined; estimate: Estimate; isFirst: boolean }

function OnePlan({ file, plan, cost, estimate, isFirst }: OnePlanProps) {
  const costs = new Map(cost?.steps.map((step) => [step.id, step]));
  return (
    <section aria-label={`Plan for ${plan.platform}`}>
      <h2>{plan.platform}</h2>
      <p class="cost" role="status">{costText(cost, plan.steps.length, estimate)}</p>
      <ol class="plan">
        {plan.images.map((image) => (
          <li key={image.id} class="image"><code>{image.reference}</code></li>
        ))}
        {plan.steps.map((step) => <Step key={step.id} file={file} step={step} cost={costs.get(step.id)} isKnown={!!cost} />)}
      </ol>
      {isFirst && <Picture file={file} plan={plan} />}
    </section>
  );
}

function Step({ file, step, cost, isKnown }: { file: OpenFile; step: PlanStep; cost: CostStep | undefined; isKnown: boolean }) {
  const lines = linesOf(step.ranges);
  const runs = !isKnown || cost?.runs;
  return (
    <li class={lines.includes(file.line.value) ? "here" : ""}>
      <span class={runs ? "runs" : "cached"}>{runs ? "▶ runs" : "↺ cached"}</span> {step.name}{" "}
      {lines.map((line) => (
        <button key={line} type="button" class="link" onClick={() => file.go({ line, column: 1 })}>line {line}</button>
      ))}
      {isKnown && runs && <span class="hint"> {reason(cost)}</span>}
      {cost?.seconds != null && <span class="hint"> · {roughly(cost.seconds)}</span>}
    </li>
  );
}

function reason(cost: CostStep | undefined): string {
  if (cost?.fields.length) return `because ${cost.fields.join(", ")} changed`;
  return cost?.because ? `because ${cost.because} runs` : "";
}
