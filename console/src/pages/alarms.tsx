// What should worry somebody, and what happened of that kind.

import { alarms } from "../alarms/live";
import type { Alarm } from "../alarms/watch";
import { type Feed, useFeed } from "../events/feed";
import { textOf, wordsOf } from "../events/occurrence";
import { clock, count, long } from "../format";
import { Empty, Panel, Trouble } from "../parts/panel";
import { linkTo } from "../route";

const KEPT = 200;
/** Kinds that tell of trouble; `disconnected` does where the hub or an accident ended it. */
const KINDS = "kinds=limited,session_ended,disconnected";
const FINE = ["client", "normal", "disconnected", "resumed"];

export function Alarms() {
  const feed = useFeed(KINDS, KEPT);
  return (
    <div class="columns alarms">
      <Panel title="Rules" aside="those of deploy/prometheus, on what this page has seen">
        {alarms.value.length === 0 ? (
          <Empty title="Waiting for the hub's first figures" />
        ) : (
          <ul class="checks">{alarms.value.map(rule)}</ul>
        )}
      </Panel>
      <Panel title="Trouble of single clients" aside={`${count(feed.value.count)} since you look`}>
        <Incidents feed={feed.value} />
      </Panel>
    </div>
  );
}

const LOOKS = { critical: "bad", warning: "warn", info: "accent" } as const;

function rule({ rule, state, found, since }: Alarm) {
  const look = state === "quiet" ? "good" : LOOKS[rule.severity];
  return (
    <li key={rule.name} class={state}>
      <span class={`badge ${look}`}>{state}</span>
      <div>
        <b>{rule.name}</b> <span class="soft">{rule.when}</span>
        {state !== "quiet" && <p>{rule.advice}</p>}
      </div>
      <div class="number">
        {found && <b class={look}>{found}</b>}
        {state === "pending" && (
          <p class="soft">
            {long(since)} of {long(rule.patience)}
          </p>
        )}
        {state === "firing" && <p class="soft">for {long(since)}</p>}
        {state === "quiet" && <span class="soft">{rule.severity}</span>}
      </div>
    </li>
  );
}

function Incidents({ feed }: { feed: Feed }) {
  const bad = feed.seen.filter(({ data }) => !FINE.includes(textOf(data.cause)));
  return (
    <div class="timeline incidents">
      <Trouble problem={feed.problem} />
      {feed.missed > 0 && <p class="warn">{count(feed.missed)} came too fast to be shown.</p>}
      {bad.length === 0 && (
        <Empty title="None">Lost connections, limits and sessions that ended appear here.</Empty>
      )}
      <ol>
        {bad.map((occurrence) => (
          <li key={occurrence.id}>
            <time>{clock(occurrence.at)}</time>
            <a href={linkTo("connections", occurrence.subject)}>
              {textOf(occurrence.data.user ?? occurrence.subject)}
            </a>
            <span class="words">
              {occurrence.kind.replaceAll("_", " ")}: {wordsOf(occurrence)}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
