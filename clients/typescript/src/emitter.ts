/** Takes a listener away again. */
export type Off = () => void;

type Listener<E> = (event: E) => void;

/**
 * Listeners by the name of what they listen to.
 *
 * A listener that throws does not keep the others from hearing; `onThrow` is told.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  readonly #onThrow: (thrown: unknown) => void;

  constructor(onThrow: (thrown: unknown) => void) {
    this.#onThrow = onThrow;
  }

  on<N extends keyof Events>(name: N, listener: Listener<Events[N]>): Off {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // Wrapped, so that a function that is given twice is called twice and taken away one by one.
    const entry: Listener<Events[N]> = (event) => listener(event);
    listeners.add(entry);
    return () => void listeners.delete(entry);
  }

  emit<N extends keyof Events>(name: N, event: Events[N]): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (const listener of [...listeners]) {
      guard(() => (listener as Listener<Events[N]>)(event), this.#onThrow);
    }
  }

  /** Whether anybody listens. */
  hears(name: keyof Events): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** Runs code of the application, also asynchronous code, and catches all that it throws. */
export function guard(run: () => unknown, onThrow: (thrown: unknown) => void): void {
  try {
    const result = run();
    if (result instanceof Promise) result.catch(onThrow);
  } catch (thrown) {
    onThrow(thrown);
  }
}
