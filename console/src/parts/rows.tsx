// A long list of which only what can be seen is in the page.

import { type ComponentChildren, Fragment } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props<T> {
  readonly of: readonly T[];
  readonly row: (item: T) => ComponentChildren;
  /** What stands above the rows and stays there. */
  readonly head?: ComponentChildren;
  readonly label: string;
  readonly class?: string;
}

/** In pixels; the sheet says the same of `.row`. */
const ROW = 30;
/** Rows above and below those that can be seen, so that scrolling finds them there. */
const SPARE = 8;

export function Rows<T>({ of, row, head, label, class: more = "" }: Props<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const [{ top, height }, look] = useState({ top: 0, height: 900 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const see = () => look({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(see);
    observer.observe(element);
    element.addEventListener("scroll", see, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", see);
    };
  }, []);
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const last = Math.ceil((top + height) / ROW) + SPARE;
  return (
    <div
      ref={frame}
      class={`rows ${more}`}
      role="table"
      aria-label={label}
      aria-rowcount={of.length}
    >
      {head}
      <div class="all" style={{ height: `${of.length * ROW}px` }}>
        <div class="seen" style={{ transform: `translateY(${first * ROW}px)` }}>
          {of.slice(first, last).map((item, place) => (
            // A row that scrolls out of sight becomes the next one: its elements stay.
            <Fragment key={place}>{row(item)}</Fragment>
          ))}
        </div>
      </div>
    </div>
  );
}
