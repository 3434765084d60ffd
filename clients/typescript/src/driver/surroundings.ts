import type { Input } from "../session/interface.js";

/** What is watched; pages have both, workers no document, Node neither. */
export interface Scope {
  navigator?: { onLine?: boolean };
  document?: EventTarget & { visibilityState?: string };
  addEventListener?: EventTarget["addEventListener"];
  removeEventListener?: EventTarget["removeEventListener"];
}

/** Tells how things are and what changes, until the function that it gives is called. */
export function watch(scope: Scope, input: (input: Input) => void): () => void {
  const { document } = scope;
  const online = () => input({ in: "online", value: true });
  const offline = () => input({ in: "online", value: false });
  const visible = () => input({ in: "visible", value: document?.visibilityState !== "hidden" });
  scope.addEventListener?.("online", online);
  scope.addEventListener?.("offline", offline);
  document?.addEventListener("visibilitychange", visible);
  if (scope.navigator?.onLine === false) offline();
  if (document?.visibilityState === "hidden") visible();
  return () => {
    scope.removeEventListener?.("online", online);
    scope.removeEventListener?.("offline", offline);
    document?.removeEventListener("visibilitychange", visible);
  };
}
