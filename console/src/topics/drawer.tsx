// One topic, or all below a branch: what is said there, who is there, what was said before.

import { useSignal } from "@preact/signals";
import { textOf } from "../events/occurrence";
import { count } from "../format";
import { post } from "../hub/ask";
import { may } from "../hub/key";
import type { Problem } from "../hub/problem";
import type { History, Presence } from "../hub/topics";
import { useAnswer } from "../hub/use_answer";
import { Choices } from "../parts/choices";
import { Icon } from "../parts/icon";
import { Empty, Trouble } from "../parts/panel";
import { go, linkTo, route } from "../route";
import { Payload } from "./payload";
import { PublishBox } from "./publish_box";
import { TailOf } from "./tail";

const VIEWS = ["live", "members", "history"] as const;
type View = (typeof VIEWS)[number];

export function TopicDrawer({ topic }: { topic: string }) {
  const view = useSignal<View>("live");
  const isFilter = /[+#]/.test(topic);
  return (
    <aside class="drawer topic" aria-label={`Topic ${topic}`}>
      <header>
        <h2 class="code">{topic}</h2>
        {!isFilter && (
          <Choices
            label="View"
            of={VIEWS}
            chosen={view.value}
            choose={(chosen) => {
              view.value = chosen;
            }}
          />
        )}
        <button
          class="plain"
          type="button"
          aria-label="Close"
          onClick={() => go("topics", "", route.value.search)}
        >
          <Icon name="close" />
        </button>
      </header>
      {(isFilter || view.value === "live") && <TailOf filter={topic} />}
      {!isFilter && view.value === "members" && <Members topic={topic} />}
      {!isFilter && view.value === "history" && <Past topic={topic} />}
      {!isFilter && may("publish") && <PublishBox topic={topic} />}
    </aside>
  );
}

/** How often an answer is asked for again, in milliseconds. */
const LOOK = 3_000;

/** Asks about a topic. */
function useTopic<T>(path: string, topic: string) {
  return useAnswer<T>(() => post(path, { topic, limit: 100 }), topic, LOOK);
}

function Members({ topic }: { topic: string }) {
  const { known, problem } = useTopic<Presence>("/api/presence", topic);
  if (problem?.status === 403) return <NotKept problem={problem} />;
  return (
    <div class="scroll">
      <Trouble problem={problem} />
      {known && (
        <p class="soft line">
          {count(known.connections)} connections of {count(known.users)} users
          {known.more && ", the first hundred"}
        </p>
      )}
      {known?.members.length === 0 && <Empty title="Nobody is here" />}
      {known?.members.map((member) => (
        <div class="message" key={member.connection}>
          <header>
            <b>{member.user ?? "nobody"}</b>
            <a class="code" href={linkTo("connections", member.connection)}>
              {member.connection}
            </a>
          </header>
          {member.info !== undefined && <Payload text={textOf(member.info)} />}
          {member.state !== undefined && <Payload text={textOf(member.state)} />}
        </div>
      ))}
    </div>
  );
}

function Past({ topic }: { topic: string }) {
  const { known, problem } = useTopic<History>("/api/history", topic);
  if (problem?.status === 403) return <NotKept problem={problem} />;
  return (
    <div class="scroll">
      <Trouble problem={problem} />
      {known && (
        <p class="soft line">
          at offset {count(known.offset)}, epoch <span class="code">{known.epoch}</span>
        </p>
      )}
      {known?.messages.length === 0 && <Empty title="Nothing is remembered" />}
      {known?.messages.toReversed().map((message) => (
        <div class="message" key={message.offset}>
          <header>
            <b>#{message.offset}</b>
            <span>{message.event}</span>
            {message.key && <span class="badge">{message.key}</span>}
            <span class="soft">{message.from?.user ?? message.from?.connection}</span>
          </header>
          <Payload text={textOf(message.data ?? message.binary)} />
        </div>
      ))}
    </div>
  );
}

function NotKept({ problem }: { problem: Problem }) {
  return <Empty title={problem.message}>{problem.hint}</Empty>;
}
