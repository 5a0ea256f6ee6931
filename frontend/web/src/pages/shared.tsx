import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Create } from "../parts/create";
import { unpack } from "../parts/share";
import { Title } from "../parts/title";

const FAULT = "The link is damaged: it holds no text. Was all of it copied?";

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
      <Title>Kairosfile of a link</Title>
      {fault.value ? (
        <p class="fault" role="alert">{fault}</p>
      ) : (
        <>
          <p>Nothing of it was run or written yet. Make a file of it to have it checked, planned and built.</p>
          <pre tabIndex={0} aria-label="Text of the link">{text}</pre>
          <Create text={text.value} />
        </>
      )}
    </>
  );
}
