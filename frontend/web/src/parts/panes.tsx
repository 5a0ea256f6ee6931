import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

interface PanesProps { shown: Signal<number>; names: [string, string]; left: ComponentChildren; right: ComponentChildren }

/** Two panes beside each other; on a phone, where they are not, a button for each shows one of them. */
export function Panes({ shown, names, left, right }: PanesProps) {
  return (
    <>
      <div class="switch" role="group" aria-label="Panes">
        {names.map((name, index) => (
          <button key={name} type="button" aria-pressed={shown.value === index} onClick={() => (shown.value = index)}>{name}</button>
        ))}
      </div>
      <div class={`panes seen${shown.value}`}>{left}{right}</div>
    </>
  );
}
