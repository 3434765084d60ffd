// What is said on topics, as it is said.

import { useSignal } from "@preact/signals";
import { type Feed, useFeed } from "../events/feed";
import { type Occurrence, textOf } from "../events/occurrence";
import { clock, count, rate } from "../format";
import { Empty, Trouble } from "../parts/panel";
import { linkTo } from "../route";
import { Payload } from "./payload";
import { useRate } from "./rate";

const KEPT = 100;

export function TailOf({ filter }: { filter: string }) {
  const feed = useFeed(`kinds=published,announced&topics=${encodeURIComponent(filter)}`, KEPT);
  const stopped = useSignal<Feed>();
  const speed = useRate(feed);
  const shown = stopped.value ?? feed.value;
  const toggle = () => {
    stopped.value = stopped.value ? undefined : feed.value;
  };
  return (
    <div class="scroll" aria-live="off">
      <p class="soft line">
        <span>
          {count(feed.value.count)} messages since you look, {rate(speed)}/s
        </span>
        <button type="button" onClick={toggle}>
          {stopped.value ? "Go on" : "Hold"}
        </button>
      </p>
      <Trouble problem={feed.value.problem} />
      {shown.missed > 0 && (
        <p class="warn line">{count(shown.missed)} came too fast to be shown.</p>
      )}
      {shown.seen.length === 0 && (
        <Empty title={shown.isOpen ? "Silence" : "One moment"}>
          What is published here appears as it comes.
        </Empty>
      )}
      {shown.seen.map((occurrence) => (
        <Said key={occurrence.id} of={occurrence} topic={filter} />
      ))}
    </div>
  );
}

function Said({ of, topic }: { of: Occurrence; topic: string }) {
  const { event, data, binary, connection, user } = of.data;
  return (
    <div class="message">
      <header>
        <time>{clock(of.at)}</time>
        {typeof event === "string" && <b>{event}</b>}
        {of.subject !== topic && (
          <a class="code" href={linkTo("topics", of.subject)}>
            {of.subject}
          </a>
        )}
        {typeof connection === "string" ? (
          <a class="from" href={linkTo("connections", connection)}>
            {typeof user === "string" ? user : connection}
          </a>
        ) : (
          <span class="soft from">the application</span>
        )}
      </header>
      <Payload text={textOf(data ?? binary)} />
    </div>
  );
}
