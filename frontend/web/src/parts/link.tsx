import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { pack } from "./share";

const LONGEST = 32 * 1024; // characters of a text whose link can still be pasted

/** A link that contains the text, to copy. */
export function Link({ text }: { text: string }) {
  const fragment = useSignal("");
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    if (text.length > LONGEST) fragment.value = "";
    else void pack(text).then((result) => text === latest.current && (fragment.value = result));
  }, [text]);
  return fragment.value ? <a href={`/${fragment}`} title="Link to this text, to open it on another machine or on the documentation's Try it page">Link</a> : null;
}
