import { useEffect } from "preact/hooks";

/** The heading of a page, also set as the browser's title. */
export function Title({ children }: { children: string }) {
  useEffect(() => {
    document.title = `${children} · kairosfile`;
  }, [children]);
  return <h1>{children}</h1>;
}
