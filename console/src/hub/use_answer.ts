// An answer of the hub, asked for again and again while somebody looks at it.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pause } from "./connections";
import { Problem } from "./problem";

export interface Answered<T> {
  /** The newest answer; it stays when the next one does not come. */
  readonly known?: T;
  /** Why it is old. */
  readonly problem?: Problem;
}

/** Asks every so many milliseconds; `of` says what it is about, and begins anew with another. */
export function useAnswer<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  of: string,
  period: number,
): Answered<T> {
  const answer = useSignal<Answered<T>>({});
  useEffect(() => {
    answer.value = {};
    const leaving = new AbortController();
    const { signal } = leaving;
    const look = async () => {
      while (!signal.aborted) {
        try {
          const known = await ask(signal);
          if (!signal.aborted) answer.value = { known };
        } catch (thrown) {
          if (!signal.aborted) answer.value = { ...answer.value, problem: Problem.from(thrown) };
        }
        await pause(period, signal);
      }
    };
    void look();
    return () => leaving.abort();
  }, [of, period]);
  return answer.value;
}
