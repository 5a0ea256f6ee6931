import type { OpenFile } from "../editor/open";

/** The choices after the file changed on disk: both texts stay until the user chooses one. */
export function Conflict({ file }: { file: OpenFile }) {
  const conflict = file.conflict.value;
  if (!conflict) return null;
  return (
    <section class="banner" role="alert" aria-label="Changed on disk">
      <p>
        {conflict.text === null
          ? "The file is gone from the disk. Your text is not saved."
          : "The file on the disk is another one than the one that you opened. Your text is not saved."}
      </p>
      <button type="button" onClick={() => void file.takeTheirs()} disabled={conflict.text === null}>Take what is on the disk</button>{" "}
      <button type="button" onClick={() => void file.keepMine()}>Keep mine, and save over it next</button>
      {conflict.text !== null && (
        <>
          {" "}
          <button type="button" aria-pressed={file.isCompared.value} onClick={() => file.compare(!file.isCompared.value)}>Compare them in the editor</button>
          {file.isCompared.value && <p>Before each line of yours that differs stands what is on the disk. Choose, then keep yours.</p>}
          <details>
            <summary>What is on the disk</summary>
            <pre tabIndex={0} aria-label="Text on the disk">{conflict.text}</pre>
          </details>
        </>
      )}
    </section>
  );
}
