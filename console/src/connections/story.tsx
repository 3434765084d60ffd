// One connection: what is known of it, what it subscribes to, what happens to it.

import { useSignal } from "@preact/signals";
import { type Feed, useFeed } from "../events/feed";
import { type Occurrence, textOf, wordsOf } from "../events/occurrence";
import { bytes, clock, count, NOTHING, seconds } from "../format";
import { get, post } from "../hub/ask";
import { cluster } from "../hub/cluster";
import type { Details } from "../hub/connections";
import { may } from "../hub/key";
import { Problem } from "../hub/problem";
import { useAnswer } from "../hub/use_answer";
import { Icon } from "../parts/icon";
import { Empty, Trouble } from "../parts/panel";
import { go, linkTo, route } from "../route";

const KEPT = 200;
/** How often it is looked at, in milliseconds. */
const LOOK = 2_000;

export function Story({ connection }: { connection: string }) {
  const path = `/api/connection?connection=${encodeURIComponent(connection)}`;
  const { known, problem } = useAnswer((signal) => get<Details>(path, signal), connection, LOOK);
  const feed = useFeed(`connections=${encodeURIComponent(connection)}`, KEPT);
  const ended = problem?.status === 404;
  return (
    <aside class="drawer" aria-label={`Connection ${connection}`}>
      <header>
        <h2 class="code">{connection}</h2>
        <button
          class="plain"
          type="button"
          aria-label="Close"
          onClick={() => go("connections", "", route.value.search)}
        >
          <Icon name="close" />
        </button>
      </header>
      {ended ? <Ended known={known !== undefined} /> : <Trouble problem={problem} />}
      {known && <Facts of={known} ended={ended} />}
      {known && <Subscriptions of={known.subscribed} />}
      <Timeline feed={feed.value} opened={known?.age} elsewhere={elsewhere(known)} />
    </aside>
  );
}

/** The hub that serves it, if that is another one. */
function elsewhere(known: Details | undefined): string | undefined {
  const here = cluster.value?.node;
  return known?.node === here ? undefined : known?.node;
}

function Ended({ known }: { known: boolean }) {
  return (
    <div class="notice" role="status">
      {known ? "It has ended; this is what was known of it." : "It has ended, or its node has."}
    </div>
  );
}

function Facts({ of, ended }: { of: Details; ended: boolean }) {
  return (
    <>
      <dl class="facts-list">
        {of.node !== undefined && (
          <>
            <dt>Node</dt>
            <dd>{of.node}</dd>
          </>
        )}
        <dt>User</dt>
        <dd>{of.user ?? "nobody"}</dd>
        {of.info !== undefined && (
          <>
            <dt>Said of it</dt>
            <dd class="code" title={textOf(of.info)}>
              {textOf(of.info)}
            </dd>
          </>
        )}
        <dt>State</dt>
        <dd>{ended ? "ended" : of.state}</dd>
        <dt>Transport</dt>
        <dd>{of.transport}</dd>
        <dt>Open for</dt>
        <dd>{seconds(of.age)}</dd>
        <dt>Last sign of life</dt>
        <dd>{seconds(of.silence)} ago</dd>
        <dt>Round trip</dt>
        <dd>{seconds(of.round_trip ?? undefined)}</dd>
        <dt>Credentials</dt>
        <dd>{of.expires_in === undefined ? "do not expire" : `for ${seconds(of.expires_in)}`}</dd>
        <dt>In queue</dt>
        <dd class={of.waiting_bytes > 0 ? "warn" : ""}>
          {of.waiting_bytes > 0 ? bytes(of.waiting_bytes) : NOTHING}
        </dd>
      </dl>
      {may("connections") && !ended && <Disconnect connection={of.connection} />}
    </>
  );
}

/** Two presses: the first one only asks. */
function Disconnect({ connection }: { connection: string }) {
  const stage = useSignal<"idle" | "sure" | "done">("idle");
  const problem = useSignal<Problem>();
  const press = async () => {
    if (stage.value === "idle") {
      stage.value = "sure";
      return;
    }
    try {
      await post("/api/disconnect", { connection });
      stage.value = "done";
    } catch (thrown) {
      problem.value = Problem.from(thrown);
    }
  };
  const words = { idle: "Disconnect", sure: "Really disconnect?", done: "Disconnected" };
  return (
    <div class="actions">
      <Trouble problem={problem.value} />
      <button
        class="danger"
        type="button"
        disabled={stage.value === "done"}
        onClick={press}
        onBlur={() => {
          if (stage.value === "sure") stage.value = "idle";
        }}
      >
        {words[stage.value]}
      </button>
    </div>
  );
}

function Subscriptions({ of }: { of: readonly string[] }) {
  return (
    <section>
      <h3>
        Subscriptions <span class="soft">{count(of.length)}</span>
      </h3>
      {of.length === 0 ? (
        <p class="soft">It subscribes to nothing.</p>
      ) : (
        <ul class="chips">
          {of.slice(0, KEPT).map((filter) => (
            <li key={filter}>
              <a class="code" href={linkTo("topics", filter)}>
                {filter}
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface TimelineProps {
  readonly feed: Feed;
  readonly opened: number | undefined;
  readonly elsewhere: string | undefined;
}

function Timeline({ feed, opened, elsewhere }: TimelineProps) {
  return (
    <section class="timeline">
      <h3>
        What happens <span class="soft">since you look</span>
      </h3>
      <Trouble problem={feed.problem} />
      {elsewhere && <p class="soft">The console of {elsewhere} shows what happens there.</p>}
      {feed.missed > 0 && <p class="warn">{count(feed.missed)} events were left out.</p>}
      {feed.seen.length === 0 && opened === undefined && <Empty title="Nothing yet" />}
      <ol>
        {feed.seen.map((occurrence) => (
          <Happened key={occurrence.id} of={occurrence} />
        ))}
        {opened !== undefined && (
          <li>
            <time>{clock(new Date(Date.now() - opened * 1_000))}</time>
            <b>opened</b>
            <span class="soft">{seconds(opened)} ago</span>
          </li>
        )}
      </ol>
    </section>
  );
}

function Happened({ of }: { of: Occurrence }) {
  return (
    <li>
      <time>{clock(of.at)}</time>
      <b class={of.kind === "disconnected" || of.kind === "limited" ? "warn" : ""}>
        {of.kind.replaceAll("_", " ")}
      </b>
      <span class="words" title={wordsOf(of)}>
        {of.data.topic !== undefined && of.data.topic === of.subject ? `${of.subject} ` : ""}
        {wordsOf(of)}
      </span>
    </li>
  );
}
