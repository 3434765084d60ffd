// Which page is shown, and what of it: what follows `#/` in the address.

import { computed, signal } from "@preact/signals";

export const PAGES = [
  "overview",
  "connections",
  "topics",
  "health",
  "profiles",
  "alarms",
  "settings",
] as const;
export type Page = (typeof PAGES)[number];

export interface Route {
  readonly page: Page;
  /** A connection, a topic. */
  readonly of: string;
  /** What is searched for. */
  readonly search: string;
}

const hash = signal(globalThis.location?.hash ?? "");
globalThis.addEventListener?.("hashchange", () => {
  hash.value = location.hash;
});

export const route = computed(() => readRoute(hash.value));

export function readRoute(text: string): Route {
  const [path = "", search = ""] = text.replace(/^#?\/?/, "").split("?");
  const [name = "", of = ""] = path.split("/");
  const page = PAGES.find((page) => page === name) ?? "overview";
  return { page, of: unescaped(of), search: unescaped(search) };
}

export function linkTo(page: Page, of = "", search = ""): string {
  const path = of ? `#/${page}/${encodeURIComponent(of)}` : `#/${page}`;
  return search ? `${path}?${encodeURIComponent(search)}` : path;
}

export function go(page: Page, of = "", search = ""): void {
  location.hash = linkTo(page, of, search);
}

/** Looks for something else on the same page; typing is not a step to go back by. */
export function searchFor(search: string): void {
  const { page, of } = route.value;
  history.replaceState(undefined, "", linkTo(page, of, search));
  hash.value = location.hash;
}

/** Addresses can be typed by hand; one that cannot be read stands for itself. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
