import type { Input } from "../session/interface.js";

/** What is watched; pages have both, workers no document, Node neither. */
export interface Scope {
  navigator?: { onLine?: boolean };
  document?: EventTarget & { visibilityState?: string };
  addEventListener?: EventTarget["addEventListener"];
  removeEventListener?: EventTarget["removeEventListener"];
}

/**
 * Tells how things are, and again whenever something changes, until the function that it gives is
 * called. The session hears nothing new in what it knows.
 */
export function watch(scope: Scope, input: (input: Input) => void): () => void {
  const { document, navigator } = scope;
  const look = () => {
    input({ in: "online", value: navigator?.onLine !== false });
    input({ in: "visible", value: document?.visibilityState !== "hidden" });
  };
  scope.addEventListener?.("online", look);
  scope.addEventListener?.("offline", look);
  document?.addEventListener("visibilitychange", look);
  look();
  return () => {
    scope.removeEventListener?.("online", look);
    scope.removeEventListener?.("offline", look);
    document?.removeEventListener("visibilitychange", look);
  };
}
