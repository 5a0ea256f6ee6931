// The log: of hundreds of thousands of lines only those in sight are in the document.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { hash } from "../router";
import { plain, spans } from "./sgr";
import type { BuildLog, Row } from "./store";

const HEIGHT = 20; // pixels of a row, which app.css gives it too
const BEYOND = 10; // rows above and below those in sight

export function LogView({ log, only, onAll }: { log: BuildLog; only: number | null; onAll: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const seen = useSignal(400);
  const follows = useSignal(true);
  const wanted = useSignal("");
  const hit = useSignal(0);
  const all = log.of(only);
  const count = all.length;
  const hits = useMemo(() => find(all, wanted.value), [wanted.value, count, only]);
  const show = (position: number | undefined) => {
    if (position === undefined || !box.current) return;
    follows.value = false;
    box.current.scrollTop = position * HEIGHT - seen.value / 2;
  };
  const jump = (to: number) => show(hits[(hit.value = (to + hits.length) % Math.max(hits.length, 1))]);
  const linked = Number(/^#L(\d+)$/.exec(hash.value)?.[1] ?? 0);
  const place = linked ? (only === null ? linked - 1 : all.findIndex((row) => row.number === linked)) : -1;
  const isThere = place >= 0 && place < count;
  useEffect(() => {
    if (isThere) show(place);
  }, [place, isThere]);
  useLayoutEffect(() => {
    if (follows.value && box.current) box.current.scrollTop = count * HEIGHT;
  }, [count, follows.value, only]);
  useEffect(() => jump(0), [wanted.value, only]);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => (seen.value = entry?.contentRect.height ?? seen.value));
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  const scrolled = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    top.value = scrollTop;
    follows.value = scrollTop + clientHeight >= scrollHeight - HEIGHT;
  };
  const first = Math.max(0, Math.floor(top.value / HEIGHT) - BEYOND);
  const shown = all.slice(first, first + Math.ceil(seen.value / HEIGHT) + 2 * BEYOND);
  const current = hits[hit.value];
  return (
    <section class="log" aria-labelledby="log">
      <div class="row">
        <h2 id="log">Log</h2>
        {only !== null && <button type="button" onClick={onAll}>All steps</button>}
        <label for="find" class="hidden">Search the log</label>
        <input id="find" type="search" placeholder="Search the log" value={wanted}
          onInput={(event) => (wanted.value = event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && jump(hit.value + (event.shiftKey ? -1 : 1))} />
        <span role="status">{wanted.value && (hits.length ? `${hit.value + 1} of ${hits.length}` : "not found")}</span>
        <label class="check"><input type="checkbox" name="follow" checked={follows} onChange={(event) => (follows.value = event.currentTarget.checked)} /> follow</label>
        <span class="hint">{count === 1 ? "1 line" : `${count} lines`}</span>
      </div>
      <div class="rows" ref={box} onScroll={scrolled} tabIndex={0} role="region" aria-label="Lines of the log">
        <div style={{ height: `${count * HEIGHT}px` }}>
          <div style={{ transform: `translateY(${first * HEIGHT}px)` }}>
            {shown.map((row, index) => (
              <Line key={row.number} row={row} isHit={row.number === linked || (first + index === current && !!wanted.value)} />
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}

function find(rows: readonly Row[], wanted: string): number[] {
  if (!wanted) return [];
  const lower = wanted.toLowerCase();
  return rows.flatMap((row, index) => (plain(row.text).toLowerCase().includes(lower) ? [index] : []));
}

function Line({ row, isHit }: { row: Row; isHit: boolean }) {
  return (
    <div class={isHit ? "line hit" : "line"}>
      <a class="number" href={`#L${row.number}`} tabIndex={-1}>{row.number}</a>
      <span class="step">{row.step}</span>
      {spans(row.text).map((span, index) => <span key={index} class={span.style}>{span.text}</span>)}
    </div>
  );
}
