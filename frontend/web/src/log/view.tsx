// The log view: of hundreds of thousands of rows, only the visible ones are in the document.
import { type Signal, signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { hash } from "../router";
import { HEIGHT, Layout } from "./layout";
import { addressOf, placeIn } from "./place";
import { Search } from "./search";
import { plain, raw, spans } from "./sgr";
import type { BuildLog, Row } from "./store";

const BEYOND = 10; // rows above and below the visible ones
const PROBE = 20; // letters whose width is measured

// Display options, shared by all logs.
const wraps = signal(false);
const showsTimes = signal(false);
const isRaw = signal(false);

interface LogProps { log: BuildLog; only: number | null; onAll: () => void }

export function LogView({ log, only, onAll }: LogProps) {
  const query = useSignal("");
  const hit = useSignal(0);
  const all = log.of(only);
  const textOf = (row: number) => (isRaw.value ? raw : plain)(all[row]?.text ?? "");
  const sight = useSight(all, textOf, only);
  const search = useMemo(() => new Search(query.value), [query.value, only, isRaw.value]);
  search.extend(all.length, textOf);
  const { hits } = search;
  const jump = (to: number) => sight.show(hits[(hit.value = (to + hits.length) % Math.max(hits.length, 1))]);
  useEffect(() => jump(0), [query.value, only]);
  const linkedLine = placeIn(hash.value).line;
  const place = linkedLine ? (only === null ? linkedLine - 1 : all.findIndex((row) => row.number === linkedLine)) : -1;
  const hasPlace = place >= 0 && place < all.length;
  useEffect(() => {
    if (hasPlace) sight.show(place);
  }, [place, hasPlace]);
  return (
    <section class="log" aria-labelledby="log">
      <div class="row">
        <h2 id="log">Log</h2>
        {only !== null && <button type="button" onClick={onAll}>All steps</button>}
        <Find query={query} hit={hit.value} of={hits.length} jump={jump} />
        <Check name="follow" value={sight.follows} />
        <Check name="wrap" value={wraps} />
        <Check name="times" value={showsTimes} />
        <Check name="raw" value={isRaw} />
        <span class="hint">{all.length === 1 ? "1 line" : `${all.length} lines`}</span>
      </div>
      <Rows sight={sight} all={all} startTime={log.startTime} highlights={[query.value ? hits[hit.value] : undefined, hasPlace ? place : undefined]} />
    </section>
  );
}

interface Sight {
  box: RefObject<HTMLDivElement | null>;
  layout: Layout;
  follows: Signal<boolean>;
  /** The rows in the document: `first` is included, `last` is not. */
  first: number;
  last: number;
  show: (row: number | undefined) => void;
  onScroll: () => void;
}

/** The visible part of the rows, and the functions that scroll it. */
function useSight(all: readonly Row[], textOf: (row: number) => string, only: number | null): Sight {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const viewHeight = useSignal(400);
  const columns = useSignal(80);
  const follows = useSignal(true);
  const wide = wraps.value ? columns.value : Infinity;
  const layout = useMemo(() => new Layout(wide), [wide, only, isRaw.value]);
  layout.extend(all.length, textOf);
  const measure = () => {
    if (!box.current) return; // the element is removed already
    viewHeight.value = box.current.clientHeight;
    columns.value = columnsOf(box.current) || columns.value;
  };
  useLayoutEffect(() => {
    if (follows.value && box.current) box.current.scrollTop = layout.height;
  }, [all.length, follows.value, only, layout]);
  useLayoutEffect(measure, [wraps.value, showsTimes.value, all.length > 0]);
  useEffect(() => {
    const watch = new ResizeObserver(measure);
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  const show = (row: number | undefined) => {
    if (row === undefined || !box.current) return;
    follows.value = false;
    box.current.scrollTop = layout.top(row) - viewHeight.value / 2;
  };
  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    top.value = scrollTop;
    follows.value = scrollTop + clientHeight >= scrollHeight - HEIGHT;
  };
  const first = Math.max(0, layout.at(top.value) - BEYOND);
  return { box, layout, follows, first, last: layout.at(top.value + viewHeight.value) + 1 + BEYOND, show, onScroll };
}

interface RowsProps { sight: Sight; all: readonly Row[]; startTime: number; highlights: (number | undefined)[] }

function Rows({ sight: { box, layout, first, last, onScroll }, all, startTime, highlights }: RowsProps) {
  const height = (row: number) => layout.top(row + 1) - layout.top(row);
  return (
    <div class={wraps.value ? "rows wrapped" : "rows"} ref={box} onScroll={onScroll} tabIndex={0} role="region" aria-label="Lines of the log">
      <span class="probe" aria-hidden="true">{"0".repeat(PROBE)}</span>
      <div style={{ height: `${layout.height}px` }}>
        <div style={{ transform: `translateY(${layout.top(first)}px)` }}>
          {all.slice(first, last).map((row, index) => (
            <Line key={row.number} row={row} startTime={startTime} height={height(first + index)} isHit={highlights.includes(first + index)} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** The number of letters that fit in a row; 0 if no row is visible. */
function columnsOf(box: Element): number {
  const text = box.querySelector(".text")?.clientWidth ?? 0;
  const letters = box.querySelector(".probe")!.getBoundingClientRect().width;
  return letters && Math.floor(text / (letters / PROBE));
}

interface FindProps { query: { value: string }; hit: number; of: number; jump: (to: number) => void }

function Find({ query, hit, of, jump }: FindProps) {
  return (
    <>
      <label for="find" class="hidden">Search the log</label>
      <input id="find" type="search" placeholder="Search the log" value={query.value}
        onInput={(event) => (query.value = event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && jump(hit + (event.shiftKey ? -1 : 1))} />
      {of > 1 && (
        <span>
          <button type="button" aria-label="Previous match" onClick={() => jump(hit - 1)}>↑</button>{" "}
          <button type="button" aria-label="Next match" onClick={() => jump(hit + 1)}>↓</button>
        </span>
      )}
      <span role="status">{query.value && (of ? `${hit + 1} of ${of}` : "not found")}</span>
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

interface LineProps { row: Row; startTime: number; height: number; isHit: boolean }

function Line({ row, startTime, height, isHit }: LineProps) {
  const { step } = placeIn(hash.value);
  return (
    <div class={isHit ? "line hit" : "line"} style={{ height: `${height}px` }}>
      <a class="number" href={addressOf({ step, line: row.number })} tabIndex={-1}>{row.number}</a>
      {showsTimes.value && <span class="time">{elapsed(row.time - startTime)}</span>}
      <span class="step">{row.step}</span>
      <span class="text">
        {isRaw.value ? raw(row.text) : spans(row.text).map((span, index) => <span key={index} class={span.style}>{span.text}</span>)}
      </span>
    </div>
  );
}

/** The time since the first event of the build, such as `12:03.4`. */
function elapsed(milliseconds: number): string {
  const tenths = Math.max(0, Math.round(milliseconds / 100));
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}
