// Which rules hold, and since when.

import { RULES, type Rule } from "./rules";
import type { Seen } from "./seen";

export interface Alarm {
  readonly rule: Rule;
  /** `pending` holds, and not for long enough yet. */
  readonly state: "quiet" | "pending" | "firing";
  /** What was found. */
  readonly found: string;
  /** For how many seconds it holds. */
  readonly since: number;
}

export class Watch {
  /** When each rule that holds began to, by its name; in milliseconds. */
  readonly #began = new Map<string, number>();

  /** Looks at every rule; the worst come first. */
  look(seen: Seen): readonly Alarm[] {
    const alarms = RULES.map((rule) => this.#judge(rule, seen));
    return alarms.sort((left, right) => weight(right) - weight(left));
  }

  #judge(rule: Rule, seen: Seen): Alarm {
    const found = rule.holds(seen);
    if (found === undefined) {
      this.#began.delete(rule.name);
      return { rule, state: "quiet", found: "", since: 0 };
    }
    const began = this.#began.get(rule.name) ?? seen.now.at;
    this.#began.set(rule.name, began);
    const since = (seen.now.at - began) / 1_000;
    return { rule, state: since >= rule.patience ? "firing" : "pending", found, since };
  }
}

const STATES = { quiet: 0, pending: 10, firing: 20 };
const SEVERITIES = { info: 1, warning: 2, critical: 3 };

function weight({ state, rule }: Alarm): number {
  return STATES[state] + SEVERITIES[rule.severity];
}
