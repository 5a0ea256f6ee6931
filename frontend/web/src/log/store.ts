// The steps and log rows of a build, read from its event stream.
import { signal } from "@preact/signals";
import type { BuildDetails, BuildStep, Event, State } from "../api";

export interface Row { number: number; time: number; vertex: number; step: string; text: string }

export class BuildLog {
  /** Incremented for each change: copying all rows each time would be too slow. */
  readonly version = signal(0);
  readonly steps = signal<BuildStep[]>([]);
  readonly endState = signal<State | null>(null);
  private readonly rows: Row[] = [];
  private readonly names = new Map<number, string>();
  /** Time of the first event, in milliseconds since 1970. */
  startTime = 0;
  private source: EventSource | null = null;
  private offset = "0"; // position in the stream after the last event

  constructor(private readonly id: string) {}

  /** Follow the build from its first event; after a lost connection, continue at the last offset. */
  follow(details: BuildDetails): void {
    this.steps.value = details.steps.map((step) => ({ ...step, state: "waiting" }));
    document.addEventListener("visibilitychange", this.updateConnection);
    this.updateConnection();
  }

  /** A browser allows six connections per server, so a hidden tab closes its connection. */
  private readonly updateConnection = (): void => {
    if (document.hidden) this.close();
    else if (!this.source && !this.endState.value) this.connect();
  };

  private connect(): void {
    const source = (this.source = new EventSource(`/api/v1/builds/${this.id}/events?start=${this.offset}`));
    source.addEventListener("batch", (event: MessageEvent<string>) => {
      this.offset = event.lastEventId;
      this.addEvents(JSON.parse(event.data));
    });
    source.addEventListener("end", (event: MessageEvent<string>) => {
      this.stop();
      this.endState.value = JSON.parse(event.data).state;
    });
  }

  private close(): void {
    this.source?.close();
    this.source = null;
  }

  /** The rows of a vertex, or all rows. A component that calls this renders again when rows are added. */
  of(vertex: number | null): readonly Row[] {
    void this.version.value;
    return vertex === null ? this.rows : this.rows.filter((row) => row.vertex === vertex);
  }

  /** Whether an event has arrived. */
  get hasBegun(): boolean {
    return this.version.value > 0;
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.updateConnection);
    this.close();
  }

  private addEvents(events: Event[]): void {
    let steps: BuildStep[] | null = null;
    this.startTime ||= events[0]?.t ?? 0;
    for (const event of events) {
      if (event.k === "vertex") steps = this.vertex(steps ?? [...this.steps.value], event);
      else if (event.x !== undefined) this.row(event);
    }
    if (steps) this.steps.value = steps;
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
    const now: BuildStep = { ...before, v, state, ...(state === "running" && { startTime: t }), ...(seconds !== undefined && { seconds }), ...(error !== undefined && { error }) };
    if (at < 0) steps.push(now);
    else steps[at] = now;
    return steps;
  }
}
