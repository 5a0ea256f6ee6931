// Keys of the whole page: `g p` and `g b` go to the Kairosfiles and the builds, `/` to the search of a page.
import { useEffect } from "preact/hooks";
import { go } from "../router";

const PATIENCE = 1000;
const PLACES: Record<string, string> = { p: "/", b: "/builds" };

export function useKeys(): void {
  useEffect(() => {
    let since = 0;
    const pressed = (event: KeyboardEvent) => {
      const into = event.target instanceof HTMLElement ? event.target : null;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (into?.matches("input, select, textarea") || into?.isContentEditable) return;
      const place = PLACES[event.key];
      if (event.key === "g") {
        since = event.timeStamp;
      } else if (place && event.timeStamp - since < PATIENCE) {
        go(place);
      } else if (event.key === "/") {
        const search = document.querySelector<HTMLInputElement>("input[type=search]");
        if (search) event.preventDefault();
        search?.focus();
      }
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
