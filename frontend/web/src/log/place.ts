// A place in a log, as the fragment of an address: `#step=init` is the log of a step, `#L120` a line, `#step=init&L120` both.
import type { BuildStep } from "../api";

export interface Place { step: string; line: number }

export function placeIn(hash: string): Place {
  const parts = hash.slice(1).split("&");
  const step = parts.find((part) => part.startsWith("step="))?.slice("step=".length) ?? "";
  const line = parts.map((part) => /^L(\d+)$/.exec(part)?.[1]).find((number) => number !== undefined);
  return { step: decode(step), line: Number(line ?? 0) };
}

export function addressOf({ step, line }: Place): string {
  const parts = [step && `step=${encodeURIComponent(step)}`, line && `L${line}`].filter(Boolean);
  return `#${parts.join("&")}`;
}

/** The name of a step in an address: its id, and its platform if several steps have this id. */
export function keyOf(step: BuildStep, all: BuildStep[]): string {
  const isOne = all.filter((other) => other.id === step.id).length === 1;
  return isOne ? step.id : `${step.id}@${step.platform}`;
}

export function stepAt(key: string, all: BuildStep[]): BuildStep | undefined {
  return all.find((step) => keyOf(step, all) === key) ?? all.find((step) => step.id === key);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a typed address may be malformed
  }
}
