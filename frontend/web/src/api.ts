// Requests to the server's API and the types of its responses (docs/guides/web.md).
import { signal } from "@preact/signals";

export interface Place { line: number; column: number }
export interface Range { start: Place; end: Place }
/** The image of a file and the number of its problems; null if the file could not be checked. */
export interface FileDetails { summary: Record<string, unknown>; errors: number | null; warnings: number | null }
/** A project folder; its details are absent until the list of files needs them. */
export interface Project { id: string; path: string; files: string[]; details?: Record<string, FileDetails> }
export interface Diagnostic {
  file: string;
  rule: string;
  name: string;
  severity: "error" | "warning" | "note";
  message: string;
  hint: string | null;
  start: Place;
  end: Place;
  url: string;
  fix: (Range & { text: string }) | null;
}
export interface Value { value: unknown; range: Range; source: string; editable: boolean; why: string }
export interface CheckResult {
  errors: number;
  warnings: number;
  notes: number;
  diagnostics: Diagnostic[];
  values: Record<string, Value>;
}
export interface PlanStep { id: string; name: string; start: string; ranges: string[]; fields: string[] }
export interface Plan { platform: string; images: { id: string; reference: string; range?: string }[]; steps: PlanStep[]; root: string }
/** Estimated times in seconds, from the times of earlier runs; null if no time is known. */
export interface Estimate { expected_seconds: number | null; saved_seconds: number | null; unknown_steps: number }
export interface CostStep { id: string; name: string; runs: boolean; because: string | null; fields: string[]; seconds: number | null }
export interface Cost extends Estimate { platform: string; runs: number; of: number; steps: CostStep[] }
export interface PlanResult extends Estimate { plans: Plan[]; cost: Cost[] | null }
/** The prediction for a build when it was queued; null for builds started in a terminal. */
export interface Prediction extends Estimate { runs: number; of: number }
export interface Edits { edits: { range: Range; text: string }[][]; text: string }
export type State = "queued" | "running" | "done" | "failed" | "canceled" | "interrupted";
export interface Build {
  id: string;
  state: State;
  kept: boolean;
  file: string;
  target: string | null;
  platforms: string[] | null;
  origin: string | null;
  builder: string | null;
  predicted: Prediction | null;
  asked: number | null;
  ended: number | null;
  sha256: string;
  command: string | null;
  status: number | null;
  ran: number | null;
  cached: number | null;
  failed: number | null;
  /** The digest of the image, where the output is one. */
  digest: string | null;
}
export type StepState = "waiting" | "running" | "done" | "cached" | "failed" | "stopped";
export interface BuildStep {
  id: string;
  name: string;
  platform: string;
  state: StepState;
  seconds?: number;
  error?: string;
  v?: number;
  /** Whether the step was predicted to run. */
  predicted?: boolean | null;
  /** Start time in milliseconds since 1970; set by the page. */
  startTime?: number;
  lines: number[];
}
export interface Artifact { number: number; name: string; size: number; sha256: string; there: boolean }
export interface BuildDetails extends Build { steps: BuildStep[]; artifacts: Artifact[]; text: string }
export interface Event {
  t: number;
  k: "vertex" | "log" | "progress" | "warning" | "text" | "end";
  v?: number;
  x?: string;
  name?: string;
  step?: string;
  platform?: string;
  state?: StepState;
  seconds?: number;
  error?: string;
}
export type Output = "load" | "local" | "oci" | "push";
export interface OpenText { project: string; path: string; text: string }
export interface BuildRequest {
  project: string;
  path: string;
  sha256: string;
  target: string;
  platforms: string[];
  output: Output;
  tags: string[];
  secrets: string[];
  no_cache: boolean;
  builder: string;
}

/** An error response: a problem document (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly more: { text?: string | null; diagnostics?: { message: string }[] },
  ) {
    super(detail);
  }
}

/** The permissions of this session: a read-only session cannot save or build. */
export interface Access { changes: boolean; secrets: string[]; registry: string | null }
export const access = signal<Access>({ changes: false, secrets: [], registry: null });

/** Whether this browser is signed in; null until the server has answered. */
export const signedIn = signal<boolean | null>(null);

const PREFIX = "/api/v1";

export async function ask(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(PREFIX + path, { method, ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "cannot reach the server: is `kairosfile web` still running?", {});
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({ detail: answer.statusText }));
  if (answer.status === 401) signedIn.value = false;
  throw new Problem(answer.status, String(problem.detail), problem);
}

export async function get<T>(path: string): Promise<T> {
  return (await ask("GET", path)).json();
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await send("POST", path, body, signal)).json();
}

export function send(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return ask(method, path, { headers, body: JSON.stringify(body), ...(signal && { signal }) });
}

export interface FileText { text: string; tag: string }

const filePath = (project: string, path: string) =>
  `/projects/${project}/files/${path.split("/").map(encodeURIComponent).join("/")}`;

let prefetch: { file: string; content: Promise<FileText> } | null = null;

/** Start to read a file before its page is loaded. */
export function readAhead(project: string, path: string): void {
  const content = fetchFile(project, path);
  content.catch(() => undefined); // `readFile` reports the error
  prefetch = { file: filePath(project, path), content };
}

export function readFile(project: string, path: string): Promise<FileText> {
  const content = prefetch?.file === filePath(project, path) ? prefetch.content : null;
  prefetch = null; // used once: the file may change before the next read
  return content ?? fetchFile(project, path);
}

async function fetchFile(project: string, path: string): Promise<FileText> {
  const answer = await ask("GET", filePath(project, path));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true }); // the byte order mark is part of the saved text
  return { text: decoder.decode(await answer.arrayBuffer()), tag: (answer.headers.get("etag") ?? "").replaceAll('"', "") };
}

/** Replace the file if its version is still `tag`, or create it if `tag` is null; a Problem with status 412 has the current text on disk. */
export async function writeFile(project: string, path: string, text: string, tag: string | null): Promise<string> {
  const condition: Record<string, string> = tag === null ? { "if-none-match": "*" } : { "if-match": `"${tag}"` };
  const headers = { "content-type": "application/octet-stream", ...condition };
  const answer = await ask("PUT", filePath(project, path), { headers, body: text });
  return ((await answer.json()) as { sha256: string }).sha256;
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
