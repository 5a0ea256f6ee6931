// Addresses of the page: each view has one, and back and forward work.
import { signal } from "@preact/signals";

export const address = signal(location.pathname);

addEventListener("popstate", () => (address.value = location.pathname));

// A link of the page itself is followed without loading it anew, unless another tab or a download is wanted.
addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || link.origin !== location.origin || link.hasAttribute("download") || link.hash) return;
  event.preventDefault();
  go(link.pathname);
});

export function go(path: string): void {
  if (path === location.pathname) return;
  history.pushState(null, "", path);
  address.value = path;
  scrollTo(0, 0);
}

export const fileAddress = (project: string, path: string): string =>
  `/p/${project}/${path.split("/").map(encodeURIComponent).join("/")}`;
