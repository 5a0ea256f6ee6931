// The builds of the server, polled every two seconds while the tab is visible.
import { computed, signal } from "@preact/signals";
import { get, type Build } from "../api";

const PAUSE = 2000;

export const builds = signal<Build[] | null>(null);
export const runningCount = computed(() => builds.value?.filter((build) => build.state === "running").length ?? 0);

export async function refreshBuilds(): Promise<void> {
  const latest = await get<Build[]>("/builds");
  if (JSON.stringify(latest) !== JSON.stringify(builds.value)) builds.value = latest;
}

export function watchBuilds(): () => void {
  const look = () => {
    if (!document.hidden) refreshBuilds().catch(() => undefined);
  };
  look();
  const timer = setInterval(look, PAUSE);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

export function ago(milliseconds: number | null): string {
  if (!milliseconds) return "";
  const minutes = Math.round((Date.now() - milliseconds) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h ago` : `${Math.round(minutes / 1440)} days ago`;
}

export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  return whole < 60 ? `${whole < 10 ? seconds.toFixed(1) : whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** An estimated time, such as `3 min`. */
export function roughly(seconds: number): string {
  return seconds < 100 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const unit = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return unit ? `${(bytes / 1000 ** unit).toFixed(1)} ${units[unit]}` : `${bytes} B`;
}

const SIGNS: Record<string, string> = {
  queued: "◷", waiting: "·", running: "▶", done: "✓", cached: "↺", failed: "✗", canceled: "■", stopped: "■", interrupted: "!",
};
export const sign = (state: string): string => SIGNS[state] ?? "·";
