// A framed part of a page, and what stands in one that has nothing to show.

import type { ComponentChildren } from "preact";
import type { Problem } from "../hub/problem";

interface PanelProps {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Panel({ title, aside, children, class: more = "" }: PanelProps) {
  return (
    <section class={`panel ${more}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside !== undefined && <span class="aside">{aside}</span>}
      </header>
      {children}
    </section>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children?: ComponentChildren;
}

export function Empty({ title, children }: EmptyProps) {
  return (
    <div class="empty">
      <b>{title}</b>
      {children && <span>{children}</span>}
    </div>
  );
}

/** What went wrong, and what to do about it. */
export function Trouble({ problem }: { problem: Problem | undefined }) {
  if (!problem) return null;
  return (
    <div class={problem.status === 0 ? "notice" : "notice bad"} role="alert">
      <span>{problem.message}</span>
      {problem.hint && <span class="hint">{problem.hint}</span>}
    </div>
  );
}
