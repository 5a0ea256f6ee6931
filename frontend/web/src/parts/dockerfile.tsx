import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { message, send } from "../api";
import type { OpenFile } from "../editor/open";

/** The Dockerfile that does the same, as `kairosfile eject` writes it. */
export function Dockerfile({ file }: { file: OpenFile }) {
  const shown = useSignal("");
  const fault = useSignal("");
  const text = file.text.value;
  useEffect(() => {
    const asked = new AbortController();
    send("POST", "/eject", { project: file.project, path: file.path, text }, asked.signal)
      .then(async (answer) => {
        shown.value = await answer.text();
        fault.value = "";
      })
      .catch((error) => {
        if (!asked.signal.aborted) fault.value = message(error);
      });
    return () => asked.abort();
  }, [text]);
  return (
    <>
      <p class="row">
        <span>The same as a Dockerfile, to read or to leave with.</span>
        <button type="button" onClick={() => void navigator.clipboard.writeText(shown.value)} disabled={!shown.value}>Copy</button>
      </p>
      {fault.value && <p class="fault" role="status">{fault.value}</p>}
      <pre tabIndex={0} aria-label="Dockerfile">{shown}</pre>
    </>
  );
}
