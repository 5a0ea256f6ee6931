import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

export interface Tab { name: string; content: () => ComponentChildren }

/** Views of which one is seen: arrows go from one to the next, as everywhere. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const shown = useSignal(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const turn = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    shown.value = (shown.value + step + tabs.length) % tabs.length;
    list.current?.querySelectorAll("button")[shown.value]?.focus();
  };
  return (
    <section class="tabs" aria-label={label}>
      <div role="tablist" aria-label={label} ref={list} onKeyDown={turn}>
        {tabs.map((tab, index) => (
          <button key={tab.name} type="button" role="tab" id={`${id}-${index}`} aria-controls={`${id}-panel`}
            aria-selected={index === shown.value} tabIndex={index === shown.value ? 0 : -1} onClick={() => (shown.value = index)}>
            {tab.name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown.value}`} tabIndex={0}>{tabs[shown.value]?.content()}</div>
    </section>
  );
}
