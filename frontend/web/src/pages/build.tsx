import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { access, get, message, post, send, type Build, type BuildDetails, type BuildStep } from "../api";
import { BuildLog } from "../log/store";
import { LogView } from "../log/view";
import { Artifacts } from "../parts/artifacts";
import { ago, duration, predicted, refreshBuilds, sign } from "../parts/builds";
import { placeOf, shortName } from "../parts/projects";
import { Use } from "../parts/use";
import { Title } from "../parts/title";
import { fileAddress, go } from "../router";

export function BuildPage({ id }: { id: string }) {
  const details = useSignal<BuildDetails | null>(null);
  const fault = useSignal("");
  const only = useSignal<number | null>(null);
  const log = useRef<BuildLog>(null);
  log.current ??= new BuildLog(id);
  const told = log.current;
  const load = async () => {
    try {
      details.value = await get<BuildDetails>(`/builds/${id}`);
    } catch (error) {
      fault.value = message(error);
    }
  };
  useEffect(() => {
    void load().then(() => details.value && told.follow(details.value));
    return () => told.stop();
  }, [id]);
  const ended = told.ended.value;
  useEffect(() => {
    if (ended) void load().then(refreshBuilds);
  }, [ended]);
  const failed = ended ? told.steps.value.find((step) => step.state === "failed") : undefined;
  const build = details.value;
  if (!build) return fault.value ? <p role="alert" class="fault">{fault.value}</p> : <p role="status">Loading …</p>;
  return (
    <>
      <Head build={build} state={ended ?? (told.hasBegun ? "running" : build.state)} fault={fault} reload={load} />
      {fault.value && <p role="alert" class="fault">{fault.value}</p>}
      {failed && (
        <section class="banner" role="alert">
          <p>✗ {failed.name} failed{failed.error ? `: ${failed.error}` : ""}</p>
        </section>
      )}
      <div class="panes">
        <Steps build={build} steps={told.steps.value} only={only.value} choose={(vertex) => (only.value = only.value === vertex ? null : vertex)} />
        <LogView log={told} only={only.value} onAll={() => (only.value = null)} />
      </div>
      <Artifacts build={build} />
      {build.state === "done" && <Use build={build} />}
      <Source build={build} marked={failed?.lines ?? []} />
    </>
  );
}

interface HeadProps { build: BuildDetails; state: string; fault: { value: string }; reload: () => Promise<void> }

function Head({ build, state, fault, reload }: HeadProps) {
  const place = placeOf(build.file);
  const mayChange = access.value.changes;
  const isOver = !["queued", "running"].includes(state);
  const does = (action: () => Promise<unknown>) => () => void action().catch((error) => (fault.value = message(error)));
  const remove = async () => {
    await send("DELETE", `/builds/${build.id}`, {});
    await refreshBuilds();
    go("/builds");
  };
  const again = async () => go(`/builds/${(await post<Build>(`/builds/${build.id}/again`, {})).id}`);
  const keep = async () => {
    await send("PATCH", `/builds/${build.id}`, { keep: !build.kept });
    await reload();
  };
  return (
    <>
      <div class="bar">
        <Title>{`${shortName(build)}: ${build.target || "image"}`}</Title>
        <span role="status"><span class={`state ${state}`} aria-hidden="true">{sign(state)}</span> {state}</span>
        {!isOver && mayChange && <button type="button" onClick={does(() => post(`/builds/${build.id}/cancel`, {}))}>Cancel</button>}
        {isOver && place && <a class="button" href={fileAddress(place.project.id, place.path)}>Open the file</a>}
        {isOver && mayChange && build.origin === "page" && <button type="button" onClick={does(again)}>Again</button>}
        {isOver && mayChange && <button type="button" aria-pressed={build.kept} onClick={does(keep)}>Keep</button>}
        {isOver && mayChange && <button type="button" onClick={does(remove)}>Remove</button>}
      </div>
      <p class="hint">
        {build.platforms?.join(", ")} · requested {ago(build.asked)}
        {isOver && <> · <a href={`/api/v1/builds/${build.id}/log.txt`} download={`${build.id}.log`}>the log as a file</a></>}
        {build.ended && build.asked ? ` · took ${duration((build.ended - build.asked) / 1000)}` : ""}
      </p>
      {build.command && <details><summary>The command</summary><pre tabIndex={0} aria-label="The command">{build.command}</pre></details>}
    </>
  );
}

interface StepsProps { build: BuildDetails; steps: BuildStep[]; only: number | null; choose: (vertex: number) => void }

function Steps({ build, steps, only, choose }: StepsProps) {
  const known = new Set(build.steps.map((step) => `${step.id} ${step.platform}`));
  // Of the steps of artifacts that nobody asked for, none has a line, and none begins.
  const isAsked = (step: BuildStep) => step.lines.length > 0 || step.state !== "waiting";
  const own = steps.filter((step) => known.has(`${step.id} ${step.platform}`) && isAsked(step));
  const others = steps.filter((step) => !known.has(`${step.id} ${step.platform}`) && step.state !== "waiting");
  const cost = predicted.get(build.id);
  const row = (step: BuildStep) => <StepRow key={`${step.id} ${step.platform} ${step.v}`} step={step} only={only} choose={choose} />;
  return (
    <section class="steps" aria-labelledby="steps">
      <h2 id="steps">Steps</h2>
      <ol>{own.map(row)}</ol>
      {others.length > 0 && <details><summary>{others.length} more of the engine</summary><ol>{others.map(row)}</ol></details>}
      {build.ran !== null && (
        <p>{cost ? `Predicted: ${cost.runs} of ${cost.of} run. ` : ""}{build.ran} ran, {build.cached} cached.</p>
      )}
    </section>
  );
}

function StepRow({ step, only, choose }: { step: BuildStep; only: number | null; choose: (vertex: number) => void }) {
  const time = step.seconds !== undefined && step.state !== "cached" ? duration(step.seconds) : "";
  return (
    <li>
      <button type="button" aria-pressed={step.v !== undefined && step.v === only} disabled={step.v === undefined} onClick={() => step.v !== undefined && choose(step.v)}>
        <span class={`state ${step.state}`} aria-hidden="true">{sign(step.state)}</span> {step.name}
        <span class="hint">
          {" "}{step.state === "waiting" ? "waits" : step.state} {time}
          {step.lines.length > 0 && ` · line ${step.lines.join(", ")}`}
        </span>
      </button>
    </li>
  );
}

function Source({ build, marked }: { build: BuildDetails; marked: number[] }) {
  return (
    <details open={marked.length > 0}>
      <summary>The file as it was built</summary>
      <pre class="source" tabIndex={0} aria-label="The file as it was built">
        {build.text.split("\n").map((line, index) => (
          <span key={index} class={marked.includes(index + 1) ? "failed" : ""}>
            {`${String(index + 1).padStart(3)}${marked.includes(index + 1) ? " ✗ " : "   "}${line}\n`}
          </span>
        ))}
      </pre>
    </details>
  );
}
