// What the cost said when a build was started, to compare with what ran. This tab keeps it, through a reload too.
import type { BuildStep, Planned } from "../api";

export interface Prediction { runs: number; of: number; seconds: number | null; steps: Record<string, boolean> }

const PLACE = "prediction ";
const nameOf = (step: { id: string }, platform: string) => `${step.id} ${platform}`;

/** Remember which steps should run; where nothing was built before, all of them. */
export function remember(build: string, { plans, cost, expected_seconds: seconds }: Planned): void {
  const all = cost ?? plans.map(({ platform, steps }) => ({ platform, steps: steps.map(({ id }) => ({ id, runs: true })) }));
  const steps = Object.fromEntries(all.flatMap((one) => one.steps.map((step) => [nameOf(step, one.platform), step.runs])));
  const runs = Object.values(steps).filter(Boolean).length;
  const prediction: Prediction = { runs, of: Object.keys(steps).length, seconds, steps };
  sessionStorage.setItem(PLACE + build, JSON.stringify(prediction));
}

export function predictionOf(build: string): Prediction | null {
  return JSON.parse(sessionStorage.getItem(PLACE + build) ?? "null") as Prediction | null;
}

/** Why a step did something else than was predicted, as far as can be known; empty where it did not. */
export function surprise(step: BuildStep, prediction: Prediction | null): string {
  const should = prediction?.steps[nameOf(step, step.platform)];
  if (should === true && step.state === "cached") return "should have run: an earlier build had done the same";
  if (should === false && ["running", "done", "failed"].includes(step.state)) {
    return "should have been cached: the cache was pruned, or a file, a tag or the builder is another one";
  }
  return "";
}
