// The settings that hold.

import { signal } from "@preact/signals";
import { get } from "./ask";
import { Problem } from "./problem";

export interface Setting {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
  readonly meaning: string;
  readonly reload: boolean;
  /** The value that holds from the next start on. */
  readonly waits?: string;
}

export const settings = signal<readonly Setting[]>();
export const settingsProblem = signal<Problem>();

export async function readSettings(): Promise<void> {
  try {
    const answer = await get<{ settings: Setting[] }>("/api/settings");
    settings.value = answer.settings;
    settingsProblem.value = undefined;
  } catch (thrown) {
    settingsProblem.value = Problem.from(thrown);
  }
}

/** A setting that is a number. */
export function numberOf(key: string): number | undefined {
  const value = settings.value?.find((setting) => setting.key === key)?.value;
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}
