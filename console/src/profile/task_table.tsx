// Tasks by where they were begun, looked at again and again.

import { count, seconds } from "../format";
import { get } from "../hub/ask";
import { useAnswer } from "../hub/use_answer";
import { Panel, Trouble } from "../parts/panel";
import { shortOf } from "./flame";
import { type Group, groupsOf, type Task } from "./tasks";

/** How often they are looked at, in milliseconds. */
const LOOK = 3_000;

interface Answer {
  readonly count: number;
  readonly tasks: readonly Task[];
}

export function TaskTable() {
  const { known, problem } = useAnswer(
    (signal) => get<Answer>("/debug/tasks", signal),
    "tasks",
    LOOK,
  );
  if (!known) return <Trouble problem={problem} />;
  return (
    <Panel title="Tasks" aside={`${count(known.count)} live, by where they were begun`}>
      <table class="settings tasks">
        <thead>
          <tr>
            <th>Task</th>
            <th>State</th>
            <th class="number">How many</th>
            <th class="number">Oldest</th>
            <th class="number">In this state</th>
            <th class="number">Busy</th>
          </tr>
        </thead>
        <tbody>{groupsOf(known.tasks).map(line)}</tbody>
      </table>
    </Panel>
  );
}

function line({ kind, function: name, place, state, count: many, age, since, busy }: Group) {
  return (
    <tr key={`${kind} ${name} ${place} ${state}`}>
      <td>
        <b>{kind}</b>{" "}
        <span class="code" title={name}>
          {shortOf(name)}
        </span>
        <p class="soft code">{place}</p>
      </td>
      <td>
        <span class={state === "running" ? "badge accent" : "badge"}>{state}</span>
      </td>
      <td class="number">{count(many)}</td>
      <td class="number">{seconds(age)}</td>
      <td class="number">{seconds(since)}</td>
      <td class="number">{seconds(busy)}</td>
    </tr>
  );
}
