import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, message } from "../api";
import type { Builder, ListedBuilder } from "../parts/builders";
import { Title } from "../parts/title";

interface Finding { check: string; status: string; message: string; advice: string | null }

const SIGNS: Record<string, string> = { ok: "✓", warning: "⚠", error: "✗" };

/** The builders of this machine, and the problems that `doctor` reports. */
export function BuilderPage() {
  const builder = useSignal<Builder | null>(null);
  const findings = useSignal<Finding[] | null>(null);
  const fault = useSignal("");
  useEffect(() => {
    get<Builder>("/builder").then((one) => (builder.value = one)).catch((error) => (fault.value = message(error)));
    get<{ findings: Finding[] }>("/doctor").then((one) => (findings.value = one.findings)).catch((error) => (fault.value = message(error)));
  }, []);
  return (
    <>
      <Title>Builder</Title>
      {fault.value && <p class="fault" role="alert">{fault.value}</p>}
      {builder.value && <BuilderDetails builder={builder.value} />}
      <p><a href="/reference">API reference</a></p>
      <h2>Build environment</h2>
      {!findings.value && <p role="status">Checking …</p>}
      <ul class="findings">
        {findings.value?.map((one) => (
          <li key={one.check}>
            <span class={one.status}>{SIGNS[one.status] ?? "•"} {one.status}</span> {one.check}: {one.message}
            {one.advice && <span class="hint"> {one.advice}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

function BuilderDetails({ builder }: { builder: Builder }) {
  return (
    <dl>
      <dt>Builders</dt>
      <dd>{builder.builders ? builder.builders.map(described).join(", ") : "Docker is not responding"}</dd>
      <dt>Cache</dt>
      <dd>{builder.cache ? Object.entries(builder.cache).map(([name, size]) => `${name} ${size}`).join(", ") : "unknown"}</dd>
      <dt>Available secrets</dt>
      <dd>{builder.secrets.join(", ") || "none; declare them with --secret"}</dd>
      <dt>Concurrent builds</dt>
      <dd>{builder.jobs}; up to {builder.queue} queued; the last {builder.keep} builds of each file are kept for {builder.keep_days} days</dd>
    </dl>
  );
}

function described({ name, driver, current, error }: ListedBuilder): string {
  const notes = [driver, current ? "used" : ""].filter(Boolean).join(", ");
  return `${name}${notes ? ` (${notes})` : ""}${error ? `: ${error}` : ""}`;
}
