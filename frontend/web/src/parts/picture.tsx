// The picture of a plan. The server renders it; here its nodes become buttons that go to their lines in the file.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { message, send, type Plan } from "../api";
import { IMAGE, type OpenFile } from "../editor/open";
import { linesOf } from "./plan";

const SVG = "http://www.w3.org/2000/svg";
const NODE = "data-node";
const PAUSE = 300; // milliseconds: while the user types, the plan has priority
const ELEMENTS = new Set(["svg", "g", "title", "defs", "marker", "path", "rect", "text"]);
const ATTRIBUTES = new Set([
  NODE, "d", "fill", "font-family", "font-size", "font-weight", "height", "id", "marker-end", "markerHeight", "markerUnits",
  "markerWidth", "orient", "refX", "refY", "rx", "stroke", "stroke-dasharray", "stroke-width", "text-anchor", "viewBox", "width", "x", "y",
]);

/** The picture of the first platform's plan, as `kairosfile graph` draws it. */
export function Picture({ file, plan }: { file: OpenFile; plan: Plan }) {
  const place = useRef<HTMLDivElement>(null);
  const fault = useSignal("");
  const version = useSignal(0);
  useEffect(() => {
    const latest = new AbortController();
    const show = async () => {
      try {
        const svg = await draw(file, latest.signal);
        for (const box of boxes(svg)) link(box, file, linesAt(plan, box));
        place.current?.replaceChildren(svg);
        if (!version.value && place.current) toMiddle(place.current);
        fault.value = "";
        version.value++;
      } catch (error) {
        if (!latest.signal.aborted) fault.value = message(error);
      }
    };
    const timer = setTimeout(() => void show(), version.value ? PAUSE : 0);
    return () => {
      clearTimeout(timer);
      latest.abort();
    };
  }, [plan]);
  const line = file.line.value;
  useEffect(() => {
    for (const box of boxes(place.current)) box.classList.toggle("here", linesAt(plan, box).includes(line));
  }, [line, version.value]);
  return (
    <details open>
      <summary>Picture</summary>
      {fault.value && <p class="fault" role="status">{fault.value}</p>}
      <div class="picture" ref={place} role="region" aria-label="Picture of the plan" tabIndex={0} />
    </details>
  );
}

/** Scroll to the steps, which are in the middle. */
function toMiddle(place: Element): void {
  place.scrollLeft = (place.scrollWidth - place.clientWidth) / 2;
}

async function draw(file: OpenFile, signal: AbortSignal): Promise<SVGElement> {
  const { project, path, text, target, against, builder } = file;
  const body = { project, path, text: text.peek(), target: target.peek() || IMAGE, against: against.peek(), builder: builder.peek() };
  return sanitize(await (await send("POST", "/graph.svg", body, signal)).text());
}

/** Parse the picture and copy only its allowed elements and attributes into this document. */
export function sanitize(text: string): SVGElement {
  const source = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (source.localName !== "svg" || source.namespaceURI !== SVG) throw new Error("the picture of the plan is not an SVG");
  const svg = copy(source);
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "Steps of the plan and their dependencies");
  for (const part of svg.children) if (!part.hasAttribute(NODE)) part.setAttribute("aria-hidden", "true");
  return svg;
}

function copy(original: Element): SVGElement {
  const element = document.createElementNS(SVG, original.localName);
  for (const { name, value } of original.attributes) if (ATTRIBUTES.has(name)) element.setAttribute(name, value);
  for (const child of original.childNodes) {
    if (child instanceof Element && child.namespaceURI === SVG && ELEMENTS.has(child.localName)) element.append(copy(child));
    else if (child instanceof Text && ["title", "text"].includes(original.localName)) element.append(child.data);
  }
  return element;
}

const boxes = (place: Element | null): NodeListOf<SVGElement> | SVGElement[] => place?.querySelectorAll<SVGElement>(`[${NODE}]`) ?? [];

/** The lines of the file for a node: those of its step, or those that name its image. */
function linesAt(plan: Plan, box: Element): number[] {
  const id = box.getAttribute(NODE);
  const step = plan.steps.find((one) => one.id === id);
  const image = plan.images.find((one) => one.id === id);
  return step ? linesOf(step.ranges) : linesOf(image?.range ? [image.range] : []);
}

/** Turn a node into a button that goes to its first line, for pointer and keyboard. */
function link(box: SVGElement, file: OpenFile, lines: number[]): void {
  const [first] = lines;
  const name = box.querySelector("title")?.textContent ?? "";
  box.setAttribute("aria-label", first ? `${name}, line ${lines.join(", ")}` : name);
  box.setAttribute("role", first ? "button" : "img");
  if (!first) return;
  const go = () => file.go({ line: first, column: 1 });
  box.setAttribute("tabindex", "0");
  box.addEventListener("click", go);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    go();
  });
}
