// What keys do: `g` and a letter goes to a page, `/` searches, `?` helps, `Escape` closes.

import { signal } from "@preact/signals";
import { go, PAGES, type Page, route } from "./route";

/** The letters after `g`. */
export const LETTERS: Readonly<Record<string, Page>> = Object.fromEntries(
  PAGES.map((page) => [page.charAt(0), page]),
);

export const helpIsOpen = signal(false);

/** How long `g` waits for its letter, in milliseconds. */
const PATIENCE = 1_500;
let goingSince = Number.NEGATIVE_INFINITY;

export function listenToKeys(): void {
  addEventListener("keydown", onKey);
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return close();
  if (isWriting(event.target)) return;
  const going = event.timeStamp - goingSince < PATIENCE;
  goingSince = Number.NEGATIVE_INFINITY;
  const page = going ? LETTERS[event.key] : undefined;
  if (page) return go(page);
  switch (event.key) {
    case "g":
      goingSince = event.timeStamp;
      return;
    case "/":
      event.preventDefault();
      return searchField()?.focus();
    case "?":
      helpIsOpen.value = !helpIsOpen.value;
      return;
  }
}

/** Closes what is innermost: the help, then the search, then what was looked at. */
function close(): void {
  if (helpIsOpen.value) {
    helpIsOpen.value = false;
  } else if (isWriting(document.activeElement)) {
    (document.activeElement as HTMLElement).blur();
  } else if (route.value.of) {
    go(route.value.page, "", route.value.search);
  }
}

function searchField(): HTMLElement | null {
  return document.querySelector<HTMLElement>("input[type=search]");
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}
