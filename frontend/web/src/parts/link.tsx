import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { packed } from "./share";

const LONGEST = 32 * 1024; // characters of a text that still makes a link which can be pasted

/** A text as a link to copy. */
export function Link({ text }: { text: string }) {
  const end = useSignal("");
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    if (text.length > LONGEST) end.value = "";
    else void packed(text).then((made) => text === latest.current && (end.value = made));
  }, [text]);
  return end.value ? <a href={`/${end}`} title="This text as a link, for another machine's page or the docs' Try it">Link</a> : null;
}
