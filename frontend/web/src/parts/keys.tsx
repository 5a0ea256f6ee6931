// Keyboard shortcuts of the page: `g p` and `g b` go to the Kairosfiles and the builds, `/` to the search of a page, `f`
// follows a log, and `?` lists all shortcuts.
import { useEffect } from "preact/hooks";
import { go } from "../router";

const PATIENCE = 1000;
const LIST = "keys";
const KEYS: [string, string][] = [
  ["Ctrl+S", "save the file"],
  ["Ctrl+Enter", "save the file and build"],
  ["F8, Shift+F8", "go to the next or previous problem"],
  ["F1", "show help for the item at the cursor"],
  ["Ctrl+Space", "show completions"],
  ["Tab", "leave the editor"],
  ["g p, g b", "go to the Kairosfiles or the builds"],
  ["/", "search; in a log, Enter and Shift+Enter go to the next and previous match"],
  ["f", "follow the log, or stop following it"],
  ["?", "show this list"],
];
const PLACES: Record<string, string> = { p: "/", b: "/builds" };

export function useKeys(): void {
  useEffect(() => {
    let prefixTime = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target?.matches("input, select, textarea") || target?.isContentEditable) return;
      const place = PLACES[event.key];
      if (event.key === "g") {
        prefixTime = event.timeStamp;
      } else if (place && event.timeStamp - prefixTime < PATIENCE) {
        go(place);
      } else if (event.key === "/") {
        const search = document.querySelector<HTMLInputElement>("input[type=search]");
        if (search) event.preventDefault();
        search?.focus();
      } else if (event.key === "f") {
        document.querySelector<HTMLInputElement>("input[name=follow]")?.click();
      } else if (event.key === "?") {
        document.querySelector<HTMLDialogElement>(`#${LIST}`)?.showModal();
      }
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}

/** The button that lists the keys, and the list. */
export function KeyList() {
  const show = () => document.querySelector<HTMLDialogElement>(`#${LIST}`)?.showModal();
  return (
    <>
      <button type="button" class="keys" aria-label="Keyboard shortcuts" aria-keyshortcuts="?" onClick={show}>?</button>
      <dialog id={LIST} aria-labelledby="keys-title">
        <h2 id="keys-title">Keyboard shortcuts</h2>
        <dl>
          {KEYS.map(([key, does]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>)}
        </dl>
        <form method="dialog"><button type="submit">Close</button></form>
      </dialog>
    </>
  );
}
