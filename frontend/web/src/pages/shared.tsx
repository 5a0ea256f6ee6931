import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Create } from "../parts/create";
import { unpack } from "../parts/share";
import { Title } from "../parts/title";

const FAULT = "The link is damaged or incomplete. Copy the whole link and try again.";

/** The text of a shared link; the user decides whether to create a file from it. */
export function SharedPage({ hash }: { hash: string }) {
  const text = useSignal("");
  const fault = useSignal("");
  useEffect(() => {
    unpack(hash)
      .then((content) => (text.value = content))
      .catch(() => (fault.value = FAULT));
  }, [hash]);
  return (
    <>
      <Title>Shared Kairosfile</Title>
      {fault.value ? (
        <p class="fault" role="alert">{fault}</p>
      ) : (
        <>
          <p>Nothing has been run or saved yet. Create a file from this text to check, plan and build it.</p>
          <pre tabIndex={0} aria-label="Text of the link">{text}</pre>
          <Create text={text.value} />
        </>
      )}
    </>
  );
}
