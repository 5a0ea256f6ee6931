// The draft of a text field: what a person has typed and not yet confirmed by leaving the field.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

interface Draft { value: string; onInput: (event: { currentTarget: { value: string } }) => void }

/** Show the user's input until the field has another value: an answer of the server that arrives meanwhile does not reset it. */
export function useDraft(now: string): Draft {
  const draft = useSignal<string | null>(null);
  useEffect(() => void (draft.value = null), [now]);
  return { value: draft.value ?? now, onInput: (event) => (draft.value = event.currentTarget.value) };
}
