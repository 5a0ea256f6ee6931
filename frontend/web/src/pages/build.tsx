import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { access, get, message, post, send, type Build, type BuildDetails } from "../api";
import { addressOf, keyOf, placeIn, stepAt } from "../log/place";
import { BuildLog } from "../log/store";
import { LogView } from "../log/view";
import { Artifacts } from "../parts/artifacts";
import { ago, duration, refreshBuilds, roughly, sign } from "../parts/builds";
import { Link } from "../parts/link";
import { placeOf, shortName } from "../parts/projects";
import { Since, Steps } from "../parts/steps";
import { Title } from "../parts/title";
import { Use } from "../parts/use";
import { fileAddress, go, goWithin, hash } from "../router";

export function BuildPage({ id }: { id: string }) {
  const details = useSignal<BuildDetails | null>(null);
  const fault = useSignal("");
  const opensFailed = useSignal(true); // until the user selects a step
  const log = useRef<BuildLog>(null);
  log.current ??= new BuildLog(id);
  const buildLog = log.current;
  const load = async () => {
    try {
      details.value = await get<BuildDetails>(`/builds/${id}`);
    } catch (error) {
      fault.value = message(error);
    }
  };
  useEffect(() => {
    void load().then(() => details.value && buildLog.follow(details.value));
    return () => buildLog.stop();
  }, [id]);
  const endState = buildLog.endState.value;
  useEffect(() => {
    if (endState) void load().then(refreshBuilds);
  }, [endState]);
  const failedStep = endState ? buildLog.steps.value.find((step) => step.state === "failed") : undefined;
  const steps = buildLog.steps.value;
  const place = placeIn(hash.value);
  const selectedStep = place.step ? stepAt(place.step, steps) : opensFailed.value && !place.line ? failedStep : undefined;
  const only = selectedStep?.v ?? null;
  const open = (step: string) => {
    opensFailed.value = false;
    goWithin(addressOf({ step, line: 0 }));
  };
  const build = details.value;
  if (!build) return fault.value ? <p role="alert" class="fault">{fault.value}</p> : <p role="status">Loading …</p>;
  return (
    <>
      <Head build={build} state={endState ?? (buildLog.hasBegun ? "running" : build.state)} fault={fault} reload={load} />
      {fault.value && <p role="alert" class="fault">{fault.value}</p>}
      {failedStep && (
        <section class="banner" role="alert">
          <p>✗ {failedStep.name} failed{failedStep.error ? `: ${failedStep.error}` : ""}</p>
        </section>
      )}
      <div class="panes">
        <Steps build={build} steps={steps} only={only} choose={(step) => open(step.v === only ? "" : keyOf(step, steps))} />
        <LogView log={buildLog} only={only} onAll={() => open("")} />
      </div>
      <Artifacts build={build} />
      {build.state === "done" && <Use build={build} />}
      <Source build={build} failedLines={failedStep?.lines ?? []} />
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
        {state === "running" && build.asked && <span><Since startTime={build.asked} />{expectedTime(build)}</span>}
        {!isOver && mayChange && <button type="button" onClick={does(() => post(`/builds/${build.id}/cancel`, {}))}>Cancel</button>}
        <Link text={build.text} />
        {isOver && place && <a class="button" href={fileAddress(place.project.id, place.path)}>Open the file</a>}
        {isOver && mayChange && build.origin === "page" && <button type="button" onClick={does(again)}>Build again</button>}
        {isOver && mayChange && <button type="button" aria-pressed={build.kept} onClick={does(keep)}>Keep</button>}
        {isOver && mayChange && <button type="button" onClick={does(remove)}>Remove</button>}
      </div>
      <p class="hint">
        {build.platforms?.join(", ")}{build.builder ? ` · on ${build.builder}` : ""} · requested {ago(build.asked)}
        {isOver && <> · <a href={`/api/v1/builds/${build.id}/log.txt`} download={`${build.id}.log`}>download the log</a></>}
        {build.ended && build.asked ? ` · took ${duration((build.ended - build.asked) / 1000)}` : ""}
      </p>
      {build.command && <details><summary>Command</summary><pre tabIndex={0} aria-label="Command">{build.command}</pre></details>}
    </>
  );
}

function expectedTime({ predicted }: BuildDetails): string {
  const seconds = predicted?.expected_seconds;
  return seconds ? ` of ${predicted.unknown_steps ? "at least" : "about"} ${roughly(seconds)}` : "";
}

function Source({ build, failedLines }: { build: BuildDetails; failedLines: number[] }) {
  return (
    <details open={failedLines.length > 0}>
      <summary>The file as it was built</summary>
      <pre class="source" tabIndex={0} aria-label="The file as it was built">
        {build.text.split("\n").map((line, index) => (
          <span key={index} class={failedLines.includes(index + 1) ? "failed" : ""}>
            {`${String(index + 1).padStart(3)}${failedLines.includes(index + 1) ? " ✗ " : "   "}${line}\n`}
          </span>
        ))}
      </pre>
    </details>
  );
}
