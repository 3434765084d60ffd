// The key that the console speaks with. It is kept for this tab alone and sent with each request,
// never as a cookie, so that no other page can make use of it.

import { computed, signal } from "@preact/signals";
import { Problem } from "./problem";

export type Scope = "publish" | "send" | "read" | "connections" | "forget" | "drain" | "debug";

/** What the key may do, as the hub tells. */
export interface Access {
  readonly scopes: readonly Scope[];
  /** Filters; none for all topics. */
  readonly topics: readonly string[];
}

const PLACE = "wirehub.key";

let key = sessionStorage.getItem(PLACE) ?? "";

/** What may be done; `undefined` before somebody is in. */
export const access = signal<Access>();
/** Why somebody is not, or no longer. */
export const refusal = signal<Problem>();
/** A key of before is being tried. */
export const trying = signal(key !== "");

export const role = computed(() => (may("connections") ? "operator" : "viewer"));

/** Whether to show what needs a scope; the hub decides in any case. */
export function may(scope: Scope): boolean {
  return access.value?.scopes.includes(scope) ?? false;
}

export function authorization(): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

/** Tries a key; the tab remembers it once the hub lets it in. */
export async function signIn(candidate: string): Promise<void> {
  refusal.value = undefined;
  trying.value = true;
  try {
    const headers = { authorization: `Bearer ${candidate}` };
    const answer = await fetch("/api/key", { headers, cache: "no-store" });
    if (!answer.ok) throw await Problem.of(answer);
    const granted: Access = await answer.json();
    sessionStorage.setItem(PLACE, candidate);
    key = candidate;
    access.value = granted;
  } catch (thrown) {
    forget(Problem.from(thrown));
  } finally {
    trying.value = false;
  }
}

/** Tries the key that this tab remembers. */
export async function signInAgain(): Promise<void> {
  if (key) await signIn(key);
}

export function signOut(): void {
  forget(undefined);
}

/** The hub does not take the key any more. A hub that is away does not make it wrong. */
export function forget(why: Problem | undefined): void {
  if (why?.status !== 0) {
    sessionStorage.removeItem(PLACE);
    key = "";
  }
  access.value = undefined;
  refusal.value = why;
}
