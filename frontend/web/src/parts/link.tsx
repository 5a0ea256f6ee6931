import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { OpenFile } from "../editor/open";
import { packed } from "./share";

const LONGEST = 32 * 1024; // characters of a text that still makes a link which can be pasted

/** The text as it is now, as a link to copy. */
export function Link({ file }: { file: OpenFile }) {
  const end = useSignal("");
  const text = file.text.value ?? "";
  useEffect(() => {
    if (text.length > LONGEST) end.value = "";
    else void packed(text).then((made) => text === file.text.value && (end.value = made));
  }, [text]);
  return end.value ? <a href={`/${end}`} title="This text as a link, for another machine's page or the docs' Try it">Link</a> : null;
}
