// What outlived what it was for, by what the hub finds when it looks through itself.

import { seconds } from "../format";
import { get } from "../hub/ask";
import { useAnswer } from "../hub/use_answer";
import { Empty, Panel, Trouble } from "../parts/panel";

/** How often they are asked for, in milliseconds; the hub looks once a minute. */
const LOOK = 10_000;

interface Leak {
  readonly kind: string;
  readonly what: string;
  /** Where it was begun. */
  readonly born: string;
}

interface Answer {
  readonly checks: number;
  /** How many seconds ago. */
  readonly checked: number | null;
  readonly leaks: readonly Leak[];
}

export function Leaks() {
  const { known, problem } = useAnswer(
    (signal) => get<Answer>("/debug/leaks", signal),
    "leaks",
    LOOK,
  );
  if (problem?.status === 404) return null;
  if (!known) return <Trouble problem={problem} />;
  const { checked, leaks } = known;
  const last = checked === null ? "not looked for yet" : `looked for ${seconds(checked)} ago`;
  return (
    <Panel title="Leaks" aside={last}>
      {leaks.length === 0 ? (
        <Empty title="None">Nothing outlived what it was for.</Empty>
      ) : (
        <ul class="checks">{leaks.map(line)}</ul>
      )}
    </Panel>
  );
}

function line({ kind, what, born }: Leak, place: number) {
  return (
    <li key={`${kind} ${what} ${place}`}>
      <span class="badge bad">{kind}</span>
      <div>{what}</div>
      <span class="soft code">{born}</span>
    </li>
  );
}
