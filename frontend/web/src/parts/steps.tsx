import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { BuildDetails, BuildStep } from "../api";
import { duration, sign } from "./builds";

interface StepsProps { build: BuildDetails; steps: BuildStep[]; only: number | null; choose: (step: BuildStep) => void }

/** The steps of a build; a click on a step shows its log. */
export function Steps({ build, steps, only, choose }: StepsProps) {
  const plannedKeys = new Set(build.steps.map((step) => `${step.id} ${step.platform}`));
  // Steps of artifacts outside the request have no lines in the file and never start.
  const isRequested = (step: BuildStep) => step.lines.length > 0 || step.state !== "waiting";
  const own = steps.filter((step) => plannedKeys.has(`${step.id} ${step.platform}`) && isRequested(step));
  const others = steps.filter((step) => !plannedKeys.has(`${step.id} ${step.platform}`) && step.state !== "waiting");
  const row = (step: BuildStep) => <StepRow key={`${step.id} ${step.platform} ${step.v}`} step={step} only={only} choose={choose} />;
  return (
    <section class="steps" aria-labelledby="steps">
      <h2 id="steps">Steps</h2>
      <ol>{own.map(row)}</ol>
      {others.length > 0 && <details><summary>{others.length} more internal steps</summary><ol>{others.map(row)}</ol></details>}
      <Counts build={build} steps={own} />
    </section>
  );
}

function Counts({ build, steps }: { build: BuildDetails; steps: BuildStep[] }) {
  const runCount = steps.filter((step) => step.state === "done" || step.state === "failed").length;
  const others = steps.filter(surprise).length;
  if (build.ran === null && !build.predicted) return null;
  return (
    <p>
      {build.predicted && `Predicted: ${build.predicted.runs} of ${build.predicted.of} run. `}
      {build.ran === null ? `So far ${runCount} ran.` : `${build.ran} ran, ${build.cached} cached.`}
      {others > 0 && ` ${others} ${others === 1 ? "step" : "steps"} not as predicted.`}
    </p>
  );
}

/** The likely reason why a step differs from its prediction; empty if it does not. */
function surprise(step: BuildStep): string {
  if (step.predicted === true && step.state === "cached") return "should have run: an earlier build had cached the same step";
  if (step.predicted === false && ["running", "done", "failed"].includes(step.state)) {
    return "should have been cached: the cache was pruned, or a file or a tag has changed";
  }
  return "";
}

interface StepRowProps { step: BuildStep; only: number | null; choose: (step: BuildStep) => void }

function StepRow({ step, only, choose }: StepRowProps) {
  const other = surprise(step);
  return (
    <li>
      <button type="button" aria-pressed={step.v !== undefined && step.v === only} disabled={step.v === undefined} onClick={() => choose(step)}>
        <span class={`state ${step.state}`} aria-hidden="true">{sign(step.state)}</span> {step.name}
        <span class="hint">
          {" "}{step.state} <Time step={step} />
          {step.lines.length > 0 && ` · line ${step.lines.join(", ")}`}
        </span>
        {other && <span class="warning"> ≠ {other}</span>}
      </button>
    </li>
  );
}

function Time({ step }: { step: BuildStep }) {
  if (step.state === "running" && step.startTime) return <Since startTime={step.startTime} />;
  return <>{step.seconds !== undefined && step.state !== "cached" ? duration(step.seconds) : ""}</>;
}

/** The time since `startTime`, updated each second. */
export function Since({ startTime }: { startTime: number }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <>{duration(Math.max(0, Math.floor((now.value - startTime) / 1000))).replace(".0", "")}</>;
}
