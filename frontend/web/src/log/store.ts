// What a build has told so far, from its stream of events.
import { signal } from "@preact/signals";
import type { BuildDetails, BuildStep, Event, State } from "../api";

export interface Row { number: number; time: number; vertex: number; step: string; text: string }

export class BuildLog {
  /** Counts changes: the rows are too many to be copied for each. */
  readonly version = signal(0);
  readonly steps = signal<BuildStep[]>([]);
  readonly ended = signal<State | null>(null);
  private readonly rows: Row[] = [];
  private readonly names = new Map<number, string>();
  /** When it told its first event, in milliseconds since 1970. */
  began = 0;
  private source: EventSource | null = null;
  private offset = "0"; // behind the last event that was taken

  constructor(private readonly id: string) {}

  /** Follow the build from its beginning; after a break, from where it was. */
  follow(details: BuildDetails): void {
    this.steps.value = details.steps.map((step) => ({ ...step, state: "waiting" }));
    document.addEventListener("visibilitychange", this.turn);
    this.turn();
  }

  /** A browser gives a server six connections: a tab that nobody sees holds none. */
  private readonly turn = (): void => {
    if (document.hidden) this.close();
    else if (!this.source && !this.ended.value) this.connect();
  };

  private connect(): void {
    const source = (this.source = new EventSource(`/api/v1/builds/${this.id}/events?start=${this.offset}`));
    source.addEventListener("batch", (event: MessageEvent<string>) => {
      this.offset = event.lastEventId;
      this.take(JSON.parse(event.data));
    });
    source.addEventListener("end", (event: MessageEvent<string>) => {
      this.stop();
      this.ended.value = JSON.parse(event.data).state;
    });
  }

  private close(): void {
    this.source?.close();
    this.source = null;
  }

  /** The rows of a vertex, or all; whoever asks while it is drawn is drawn anew when there are more. */
  of(vertex: number | null): readonly Row[] {
    void this.version.value;
    return vertex === null ? this.rows : this.rows.filter((row) => row.vertex === vertex);
  }

  /** Whether it has told anything. */
  get hasBegun(): boolean {
    return this.version.value > 0;
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.turn);
    this.close();
  }

  private take(events: Event[]): void {
    let changed: BuildStep[] | null = null;
    this.began ||= events[0]?.t ?? 0;
    for (const event of events) {
      if (event.k === "vertex") changed = this.vertex(changed ?? [...this.steps.value], event);
      else if (event.x !== undefined) this.row(event);
    }
    if (changed) this.steps.value = changed;
    this.version.value++;
  }

  private row({ t, v = 0, x = "" }: Event): void {
    this.rows.push({ number: this.rows.length + 1, time: t, vertex: v, step: this.names.get(v) ?? "", text: x });
  }

  private vertex(steps: BuildStep[], event: Event): BuildStep[] {
    const { t, v = 0, name = "", step, platform, state = "running", seconds, error } = event;
    this.names.set(v, step ?? name);
    const at = steps.findIndex((one) => (step ? one.id === step && one.platform === platform : one.v === v));
    const before = steps[at] ?? { id: step ?? name, name, platform: platform ?? "", lines: [], state };
    const now: BuildStep = { ...before, v, state, ...(state === "running" && { began: t }), ...(seconds !== undefined && { seconds }), ...(error !== undefined && { error }) };
    if (at < 0) steps.push(now);
    else steps[at] = now;
    return steps;
  }
}
