// The builders of buildx. docker is slow to tell them, so they are asked for once, and by whoever needs them.
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

/** The names of all, and the one that is used where none is named. */
export const builders = signal<{ all: string[]; used: string }>({ all: [], used: "" });

let loading: Promise<void> | null = null;

export function loadBuilders(): Promise<void> {
  loading ??= load().catch(() => undefined);
  return loading;
}

async function load(): Promise<void> {
  const { builder, builders: found } = await get<Builder>("/builder");
  const current = found?.find((one) => one.current)?.name;
  builders.value = { all: found?.map((one) => one.name) ?? [], used: builder ?? current ?? "" };
}
