// Topics as a tree, and one of them more closely.

import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { count } from "../format";
import { cluster } from "../hub/cluster";
import { access } from "../hub/key";
import { areCut, TOPICS_MAX, topics, topicsLack, topicsProblem, watchTopics } from "../hub/topics";
import { Empty, Trouble } from "../parts/panel";
import { Rows } from "../parts/rows";
import { SearchField } from "../parts/search_field";
import { Silent } from "../parts/silent";
import { go, route } from "../route";
import { TopicDrawer } from "../topics/drawer";
import { type Branch, treeOf, visible } from "../topics/tree";

/** The branches whose state somebody changed. */
const turned = signal<ReadonlySet<string>>(new Set());

const found = computed(() => {
  const words = route.value.search.toLowerCase().split(/\s+/).filter(Boolean);
  const all = topics.value ?? [];
  if (words.length === 0) return all;
  return all.filter(({ topic }) => words.every((word) => topic.toLowerCase().includes(word)));
});
const tree = computed(() => treeOf(found.value));
const rows = computed(() => visible(tree.value, isOpen));

/** While few are found, all of them are seen. */
const FEW = 200;

/** Small trees are open, large ones closed; what was turned is the other way. */
function isOpen(branch: Branch): boolean {
  return found.value.length <= FEW !== turned.value.has(branch.path);
}

function turn(branch: Branch): void {
  const next = new Set(turned.value);
  if (!next.delete(branch.path)) next.add(branch.path);
  turned.value = next;
}

export function Topics() {
  useEffect(() => {
    const leaving = new AbortController();
    void watchTopics(access.value?.topics ?? [], leaving.signal);
    return () => leaving.abort();
  }, []);
  const { of } = route.value;
  return (
    <div class={of ? "split open wide" : "split"}>
      <div class="table">
        <div class="tools">
          <SearchField placeholder="Topic" />
          <span class="soft">
            {found.value.length === topics.value?.length
              ? count(found.value.length)
              : `${count(found.value.length)} of ${count(topics.value?.length)}`}{" "}
            topics{cluster.value && ` on ${count(cluster.value.nodes.length)} nodes`}
            {areCut.value && `, the first ${count(TOPICS_MAX)}`}
          </span>
        </div>
        <Trouble problem={topicsProblem.value} />
        <Silent nodes={topicsLack.value} missing="subscribers" />
        <Tree />
      </div>
      {of && <TopicDrawer key={of} topic={of} />}
    </div>
  );
}

function Tree() {
  if (topics.value === undefined) return <Empty title="Reading the list of topics" />;
  if (topics.value.length === 0) {
    return (
      <Empty title="Nobody subscribes to anything">
        Topics appear here while they have a subscriber.
      </Empty>
    );
  }
  if (found.value.length === 0) return <Empty title="No topic has all these words" />;
  const heads = (
    <div class="row heads" role="row">
      <span role="columnheader">Topic</span>
      <span role="columnheader" class="number">
        Topics
      </span>
      <span role="columnheader" class="number">
        Subscribers
      </span>
    </div>
  );
  return <Rows label="Topics" class="topics" of={rows.value} head={heads} row={row} />;
}

function row(branch: Branch) {
  const { name, path, depth, children, subscribers } = branch;
  const inner = children.size > 0;
  const open = inner && isOpen(branch);
  const chosen = subscribers === undefined ? `${path}/#` : path;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the buttons inside do the same with keys
    <div
      class="row"
      role="row"
      aria-selected={chosen === route.value.of}
      aria-level={depth + 1}
      onClick={() => go("topics", chosen, route.value.search)}
    >
      <span role="cell" class="branch" style={{ paddingLeft: `${depth * 16}px` }}>
        {inner ? (
          <button
            class="plain twist"
            type="button"
            aria-expanded={open}
            aria-label={`${open ? "Close" : "Open"} ${path}`}
            onClick={(event) => {
              event.stopPropagation();
              turn(branch);
            }}
          >
            {open ? "▾" : "▸"}
          </button>
        ) : (
          <i class="twist" />
        )}
        <button class="plain name" type="button">
          {name === "" ? <span class="soft">(empty)</span> : name}
          {inner && <span class="soft">/</span>}
        </button>
      </span>
      <span role="cell" class="number soft">
        {inner ? count(branch.topics) : ""}
      </span>
      <span role="cell" class="number">
        {count(subscribers ?? branch.total)}
      </span>
    </div>
  );
}
