// The log: of hundreds of thousands of lines only those in sight are in the document.
import { type Signal, signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { hash } from "../router";
import { HEIGHT, Layout } from "./layout";
import { addressOf, placeIn } from "./place";
import { Search } from "./search";
import { plain, raw, spans } from "./sgr";
import type { BuildLog, Row } from "./store";

const BEYOND = 10; // rows above and below those in sight
const PROBE = 20; // letters, to measure how wide one is

// How lines are shown; it stays from one log to the next.
const wraps = signal(false);
const timed = signal(false);
const isRaw = signal(false);

interface LogProps { log: BuildLog; only: number | null; onAll: () => void }

export function LogView({ log, only, onAll }: LogProps) {
  const wanted = useSignal("");
  const hit = useSignal(0);
  const all = log.of(only);
  const textOf = (row: number) => (isRaw.value ? raw : plain)(all[row]?.text ?? "");
  const sight = useSight(all, textOf, only);
  const search = useMemo(() => new Search(wanted.value), [wanted.value, only, isRaw.value]);
  search.extend(all.length, textOf);
  const { hits } = search;
  const jump = (to: number) => sight.show(hits[(hit.value = (to + hits.length) % Math.max(hits.length, 1))]);
  useEffect(() => jump(0), [wanted.value, only]);
  const linked = placeIn(hash.value).line;
  const place = linked ? (only === null ? linked - 1 : all.findIndex((row) => row.number === linked)) : -1;
  const isThere = place >= 0 && place < all.length;
  useEffect(() => {
    if (isThere) sight.show(place);
  }, [place, isThere]);
  return (
    <section class="log" aria-labelledby="log">
      <div class="row">
        <h2 id="log">Log</h2>
        {only !== null && <button type="button" onClick={onAll}>All steps</button>}
        <Find wanted={wanted} hit={hit.value} of={hits.length} jump={jump} />
        <Check name="follow" value={sight.follows} />
        <Check name="wrap" value={wraps} />
        <Check name="times" value={timed} />
        <Check name="raw" value={isRaw} />
        <span class="hint">{all.length === 1 ? "1 line" : `${all.length} lines`}</span>
      </div>
      <Rows sight={sight} all={all} began={log.began} marked={[wanted.value ? hits[hit.value] : undefined, isThere ? place : undefined]} />
    </section>
  );
}

interface Sight {
  box: RefObject<HTMLDivElement | null>;
  layout: Layout;
  follows: Signal<boolean>;
  /** The rows in the document: from the first one to before the last one. */
  first: number;
  last: number;
  show: (row: number | undefined) => void;
  scrolled: () => void;
}

/** The part of the rows that is in sight, and what moves it. */
function useSight(all: readonly Row[], textOf: (row: number) => string, only: number | null): Sight {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const seen = useSignal(400);
  const columns = useSignal(80);
  const follows = useSignal(true);
  const wide = wraps.value ? columns.value : Infinity;
  const layout = useMemo(() => new Layout(wide), [wide, only, isRaw.value]);
  layout.extend(all.length, textOf);
  const measure = () => {
    if (!box.current) return; // a last look, when the page has gone
    seen.value = box.current.clientHeight;
    columns.value = columnsOf(box.current) || columns.value;
  };
  useLayoutEffect(() => {
    if (follows.value && box.current) box.current.scrollTop = layout.height;
  }, [all.length, follows.value, only, layout]);
  useLayoutEffect(measure, [wraps.value, timed.value, all.length > 0]);
  useEffect(() => {
    const watch = new ResizeObserver(measure);
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  const show = (row: number | undefined) => {
    if (row === undefined || !box.current) return;
    follows.value = false;
    box.current.scrollTop = layout.top(row) - seen.value / 2;
  };
  const scrolled = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    top.value = scrollTop;
    follows.value = scrollTop + clientHeight >= scrollHeight - HEIGHT;
  };
  const first = Math.max(0, layout.at(top.value) - BEYOND);
  return { box, layout, follows, first, last: layout.at(top.value + seen.value) + 1 + BEYOND, show, scrolled };
}

interface RowsProps { sight: Sight; all: readonly Row[]; began: number; marked: (number | undefined)[] }

function Rows({ sight: { box, layout, first, last, scrolled }, all, began, marked }: RowsProps) {
  const height = (row: number) => layout.top(row + 1) - layout.top(row);
  return (
    <div class={wraps.value ? "rows wrapped" : "rows"} ref={box} onScroll={scrolled} tabIndex={0} role="region" aria-label="Lines of the log">
      <span class="probe" aria-hidden="true">{"0".repeat(PROBE)}</span>
      <div style={{ height: `${layout.height}px` }}>
        <div style={{ transform: `translateY(${layout.top(first)}px)` }}>
          {all.slice(first, last).map((row, index) => (
            <Line key={row.number} row={row} began={began} height={height(first + index)} isHit={marked.includes(first + index)} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** How many letters of a line fit beside each other; 0 where no line is shown. */
function columnsOf(box: Element): number {
  const text = box.querySelector(".text")?.clientWidth ?? 0;
  const letters = box.querySelector(".probe")!.getBoundingClientRect().width;
  return letters && Math.floor(text / (letters / PROBE));
}

interface FindProps { wanted: { value: string }; hit: number; of: number; jump: (to: number) => void }

function Find({ wanted, hit, of, jump }: FindProps) {
  return (
    <>
      <label for="find" class="hidden">Search the log</label>
      <input id="find" type="search" placeholder="Search the log" value={wanted.value}
        onInput={(event) => (wanted.value = event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && jump(hit + (event.shiftKey ? -1 : 1))} />
      {of > 1 && (
        <span>
          <button type="button" aria-label="The one before" onClick={() => jump(hit - 1)}>↑</button>{" "}
          <button type="button" aria-label="The next one" onClick={() => jump(hit + 1)}>↓</button>
        </span>
      )}
      <span role="status">{wanted.value && (of ? `${hit + 1} of ${of}` : "not found")}</span>
    </>
  );
}

function Check({ name, value }: { name: string; value: { value: boolean } }) {
  return (
    <label class="check">
      <input type="checkbox" name={name} checked={value.value} onChange={(event) => (value.value = event.currentTarget.checked)} /> {name}
    </label>
  );
}

interface LineProps { row: Row; began: number; height: number; isHit: boolean }

function Line({ row, began, height, isHit }: LineProps) {
  const { step } = placeIn(hash.value);
  return (
    <div class={isHit ? "line hit" : "line"} style={{ height: `${height}px` }}>
      <a class="number" href={addressOf({ step, line: row.number })} tabIndex={-1}>{row.number}</a>
      {timed.value && <span class="time">{elapsed(row.time - began)}</span>}
      <span class="step">{row.step}</span>
      <span class="text">
        {isRaw.value ? raw(row.text) : spans(row.text).map((span, index) => <span key={index} class={span.style}>{span.text}</span>)}
      </span>
    </div>
  );
}

/** Since the first event of the build: `12:03.4`. */
function elapsed(milliseconds: number): string {
  const tenths = Math.max(0, Math.round(milliseconds / 100));
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}
