// The buildx builders, and the state of the one that builds use. Docker takes long to list them, so this happens seldom.
import { signal } from "@preact/signals";
import { get } from "../api";

export interface ListedBuilder {
  name: string;
  driver: string;
  current: boolean;
  status: string | null;
  version: string | null;
  platforms: unknown;
  error: string | null;
}
export interface Builder {
  builder: string | null;
  builders: ListedBuilder[] | null;
  cache: Record<string, string> | null;
  secrets: string[];
  jobs: number;
  keep: number;
  keep_days: number;
  queue: number;
}

/** The names of all builders, and the name of the default one. */
export const builders = signal<{ all: string[]; defaultName: string }>({ all: [], defaultName: "" });

export type BuilderState = "ok" | "missing" | "error" | "not responding";

/** The state of the builder that builds use by default; null until it is known. */
export const builderState = signal<BuilderState | null>(null);

const PAUSE = 300_000;

/** Look at the builders now, every five minutes, and whenever the tab becomes visible again. */
export function watchBuilders(): () => void {
  const look = () => {
    if (!document.hidden) load().catch(() => undefined);
  };
  void loadBuilders();
  const timer = setInterval(look, PAUSE);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

let pendingLoad: Promise<void> | null = null;

export function loadBuilders(): Promise<void> {
  pendingLoad ??= load().catch(() => undefined);
  return pendingLoad;
}

async function load(): Promise<void> {
  const { builder, builders: list } = await get<Builder>("/builder?cache=false");
  const current = list?.find((one) => one.current)?.name;
  const defaultName = builder ?? current ?? "";
  builders.value = { all: list?.map((one) => one.name) ?? [], defaultName };
  builderState.value = stateOf(defaultName, list);
}

function stateOf(name: string, list: ListedBuilder[] | null): BuilderState {
  const used = list?.find((one) => one.name === name);
  if (!list) return "not responding";
  return used?.error ? "error" : used ? "ok" : "missing";
}
