// Dark or light: as the system is, until somebody says otherwise.

import { effect, signal } from "@preact/signals";

export type Theme = "system" | "dark" | "light";
const THEMES: readonly Theme[] = ["system", "dark", "light"];
const PLACE = "wirehub.theme";

const kept = localStorage.getItem(PLACE);
export const theme = signal<Theme>(THEMES.find((theme) => theme === kept) ?? "system");

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem(PLACE, theme.value);
});

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
}
