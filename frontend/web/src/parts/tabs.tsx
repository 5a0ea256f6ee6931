import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

export interface Tab { name: string; content: () => ComponentChildren }

/** Tabs of which one is selected; the arrow keys select the next or the previous one. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const selected = useSignal(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const turn = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    selected.value = (selected.value + step + tabs.length) % tabs.length;
    list.current?.querySelectorAll("button")[selected.value]?.focus();
  };
  return (
    <section class="tabs" aria-label={label}>
      <div role="tablist" aria-label={label} ref={list} onKeyDown={turn}>
        {tabs.map((tab, index) => (
          <button key={tab.name} type="button" role="tab" id={`${id}-${index}`} aria-controls={`${id}-panel`}
            aria-selected={index === selected.value} tabIndex={index === selected.value ? 0 : -1} onClick={() => (selected.value = index)}>
            {tab.name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${selected.value}`} tabIndex={0}>{tabs[selected.value]?.content()}</div>
    </section>
  );
}
