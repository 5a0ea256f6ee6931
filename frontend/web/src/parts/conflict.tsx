import type { OpenFile } from "../editor/open";

/** The choices after the file changed on disk: both texts stay until the user chooses one. */
export function Conflict({ file }: { file: OpenFile }) {
  const conflict = file.conflict.value;
  if (!conflict) return null;
  return (
    <section class="banner" role="alert" aria-label="Changed on disk">
      <p>
        {conflict.text === null
          ? "The file has been deleted from disk. Your changes are not saved."
          : "The file has changed on disk since you opened it. Your changes are not saved."}
      </p>
      <button type="button" onClick={() => void file.takeTheirs()} disabled={conflict.text === null}>Use the version on disk</button>{" "}
      <button type="button" onClick={() => void file.keepMine()}>Keep my version (the next save overwrites the file)</button>
      {conflict.text !== null && (
        <>
          {" "}
          <button type="button" aria-pressed={file.isCompared.value} onClick={() => file.compare(!file.isCompared.value)}>Compare in the editor</button>
          {file.isCompared.value && <p>The version on disk is shown above each line that differs. Resolve the differences, then keep your version.</p>}
          <details>
            <summary>Version on disk</summary>
            <pre tabIndex={0} aria-label="Text on disk">{conflict.text}</pre>
          </details>
        </>
      )}
    </section>
  );
}
