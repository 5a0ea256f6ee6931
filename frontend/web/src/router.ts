// Routing: each view has an address, and the browser's back and forward buttons work.
import { batch, signal } from "@preact/signals";
import { isShared } from "./parts/share";

export const address = signal(location.pathname);
/** The fragment of the address: a shared text, or a place in the page. */
export const hash = signal(location.hash);

addEventListener("popstate", follow);

function follow(): void {
  batch(() => {
    address.value = location.pathname;
    hash.value = location.hash;
  });
}

// Links of the page are followed without a reload, except those that open another tab or start a download.
addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || link.origin !== location.origin || link.hasAttribute("download") || link.hash) return;
  event.preventDefault();
  go(link.pathname);
});

export function go(path: string): void {
  if (path === location.pathname && !isShared(hash.value)) return;
  history.pushState(null, "", path);
  follow();
  scrollTo(0, 0);
}

/** Go to a place in this page, such as `#L120`, without scrolling to the top. */
export function goWithin(place: string): void {
  history.pushState(null, "", location.pathname + (place === "#" ? "" : place));
  follow();
}

export const fileAddress = (project: string, path: string): string =>
  `/p/${project}/${path.split("/").map(encodeURIComponent).join("/")}`;
