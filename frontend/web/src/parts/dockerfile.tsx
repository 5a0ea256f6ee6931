import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { message, send } from "../api";
import type { OpenFile } from "../editor/open";

/** The equivalent Dockerfile, as `kairosfile eject` writes it. */
export function Dockerfile({ file }: { file: OpenFile }) {
  const dockerfile = useSignal("");
  const fault = useSignal("");
  const text = file.text.value;
  useEffect(() => {
    const controller = new AbortController();
    send("POST", "/eject", { project: file.project, path: file.path, text }, controller.signal)
      .then(async (answer) => {
        dockerfile.value = await answer.text();
        fault.value = "";
      })
      .catch((error) => {
        if (!controller.signal.aborted) fault.value = message(error);
      });
    return () => controller.abort();
  }, [text]);
  return (
    <>
      <p class="row">
        <span>The equivalent Dockerfile, to review or to use without kairosfile.</span>
        <button type="button" onClick={() => void navigator.clipboard.writeText(dockerfile.value)} disabled={!dockerfile.value}>Copy</button>
      </p>
      {fault.value && <p class="fault" role="status">{fault.value}</p>}
      <pre tabIndex={0} aria-label="Dockerfile">{dockerfile}</pre>
    </>
  );
}
