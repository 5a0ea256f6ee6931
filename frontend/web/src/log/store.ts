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
  private source: EventSource | null = null;

  constructor(private readonly id: string) {}

  /** Follow the build from its beginning; after a break, from where it was. */
  follow(details: BuildDetails): void {
    this.steps.value = details.steps.map((step) => ({ ...step, state: "waiting" }));
    const source = (this.source = new EventSource(`/api/v1/builds/${this.id}/events`));
    source.addEventListener("batch", (event: MessageEvent<string>) => this.take(JSON.parse(event.data)));
    source.addEventListener("end", (event: MessageEvent<string>) => {
      source.close();
      this.ended.value = JSON.parse(event.data).state;
    });
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
    this.source?.close();
  }

  private take(events: Event[]): void {
    let changed: BuildStep[] | null = null;
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
    const { v = 0, name = "", step, platform, state = "running", seconds, error } = event;
    this.names.set(v, step ?? name);
    const at = steps.findIndex((one) => (step ? one.id === step && one.platform === platform : one.v === v));
    const before = steps[at] ?? { id: step ?? name, name, platform: platform ?? "", lines: [], state };
    const now: BuildStep = { ...before, v, state, ...(seconds !== undefined && { seconds }), ...(error !== undefined && { error }) };
    if (at < 0) steps.push(now);
    else steps[at] = now;
    return steps;
  }
}
