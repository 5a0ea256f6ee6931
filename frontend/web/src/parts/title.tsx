import { useEffect } from "preact/hooks";

/** The heading of a page, which is its title in the browser too. */
export function Title({ children }: { children: string }) {
  useEffect(() => {
    document.title = `${children} · kairosfile`;
  }, [children]);
  return <h1>{children}</h1>;
}
