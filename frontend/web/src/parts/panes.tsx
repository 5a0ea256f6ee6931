import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

interface PanesProps { selectedPane: Signal<number>; names: [string, string]; left: ComponentChildren; right: ComponentChildren }

/** Two panes side by side; on a phone, buttons select the visible one. */
export function Panes({ selectedPane, names, left, right }: PanesProps) {
  return (
    <>
      <div class="switch" role="group" aria-label="Panes">
        {names.map((name, index) => (
          <button key={name} type="button" aria-pressed={selectedPane.value === index} onClick={() => (selectedPane.value = index)}>{name}</button>
        ))}
      </div>
      <div class={`panes seen${selectedPane.value}`}>{left}{right}</div>
    </>
  );
}
