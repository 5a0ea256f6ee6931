// The buildx builders. Docker takes long to list them, so they are loaded once, when a component first needs them.
import { signal } from "@preact/signals";
import { get } from "../api";

export interface Builder {
  builder: string | null;
  builders: { name: string; driver: string; current: boolean; status: string | null; version: string | null; platforms: unknown }[] | null;
  cache: Record<string, string> | null;
  secrets: string[];
  jobs: number;
  keep: number;
  keep_days: number;
  queue: number;
}

/** The names of all builders, and the name of the default one. */
export const builders = signal<{ all: string[]; defaultName: string }>({ all: [], defaultName: "" });

let pendingLoad: Promise<void> | null = null;

export function loadBuilders(): Promise<void> {
  pendingLoad ??= load().catch(() => undefined);
  return pendingLoad;
}

async function load(): Promise<void> {
  const { builder, builders: list } = await get<Builder>("/builder");
  const current = list?.find((one) => one.current)?.name;
  builders.value = { all: list?.map((one) => one.name) ?? [], defaultName: builder ?? current ?? "" };
}
