// Who is connected, and one of them more closely.

import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Column, type Order, search, sorted } from "../connections/search";
import { Story } from "../connections/story";
import { bytes, count, NOTHING, seconds } from "../format";
import { cluster } from "../hub/cluster";
import {
  type Connection,
  isCut,
  list,
  listLacks,
  listProblem,
  ROWS_MAX,
  watchList,
} from "../hub/connections";
import { Empty, Trouble } from "../parts/panel";
import { Rows } from "../parts/rows";
import { SearchField } from "../parts/search_field";
import { Silent } from "../parts/silent";
import { go, linkTo, route } from "../route";

const order = signal<Order>({ by: "age", falling: false });
const found = computed(() => search(list.value ?? [], route.value.search));
const shown = computed(() => sorted(found.value, order.value));

const HEADS: readonly (readonly [column: Column, title: string, number: boolean])[] = [
  ["connection", "Connection", false],
  ["node", "Node", false],
  ["user", "User", false],
  ["state", "State", false],
  ["transport", "Transport", false],
  ["age", "Open for", true],
  ["silence", "Silent for", true],
  ["subscriptions", "Subscriptions", true],
  ["waiting_bytes", "In queue", true],
];
/** A hub that meets no others has no name. */
const heads = computed(() =>
  HEADS.filter(([column]) => column !== "node" || cluster.value !== undefined),
);

export function Connections() {
  useEffect(() => {
    const leaving = new AbortController();
    void watchList(leaving.signal);
    return () => leaving.abort();
  }, []);
  const { of } = route.value;
  return (
    <div class={of ? "split open" : "split"}>
      <div class="table">
        <div class="tools">
          <SearchField placeholder="Connection, node, user, state or transport" />
          <Tally />
        </div>
        <Trouble problem={listProblem.value} />
        <Silent nodes={listLacks.value} missing="connections" />
        <Table />
      </div>
      {of && <Story key={of} connection={of} />}
    </div>
  );
}

function Tally() {
  const all = list.value?.length ?? 0;
  const few = found.value.length;
  return (
    <span class="soft">
      {few === all ? count(all) : `${count(few)} of ${count(all)}`} connections
      {isCut.value && `, the first ${count(ROWS_MAX)}`}
    </span>
  );
}

function Table() {
  if (list.value === undefined) return <Empty title="Reading the list of connections" />;
  if (list.value.length === 0) {
    return (
      <Empty title="Nobody is connected">
        Clients appear here as soon as they have shaken hands.
      </Empty>
    );
  }
  if (found.value.length === 0) return <Empty title="None of them has all these words" />;
  return (
    <Rows
      label="Connections"
      class={cluster.value ? "connections with-nodes" : "connections"}
      of={shown.value}
      head={<Heads />}
      row={row}
    />
  );
}

function Heads() {
  const { by, falling } = order.value;
  const sort = (column: Column) => {
    order.value = { by: column, falling: column === by && !falling };
  };
  return (
    <div class="row heads" role="row">
      {heads.value.map(([column, title, number]) => (
        <span
          key={column}
          role="columnheader"
          aria-sort={column === by ? (falling ? "descending" : "ascending") : "none"}
          class={number ? "number" : ""}
        >
          <button class="plain" type="button" onClick={() => sort(column)}>
            {title}
            {column === by && (falling ? " ↓" : " ↑")}
          </button>
        </span>
      ))}
    </div>
  );
}

function row(one: Connection) {
  const chosen = one.connection === route.value.of;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link inside does the same with keys
    <div
      class="row"
      role="row"
      aria-selected={chosen}
      onClick={() => go("connections", one.connection, route.value.search)}
    >
      <span role="cell" class="code">
        <a href={linkTo("connections", one.connection)}>{one.connection}</a>
      </span>
      {cluster.value && <span role="cell">{one.node ?? NOTHING}</span>}
      <span role="cell">{one.user ?? <span class="soft">nobody</span>}</span>
      <span role="cell">
        <State of={one.state} />
      </span>
      <span role="cell">{one.transport}</span>
      <span role="cell" class="number">
        {seconds(one.age)}
      </span>
      <span role="cell" class="number">
        {seconds(one.silence)}
      </span>
      <span role="cell" class="number">
        {count(one.subscriptions)}
      </span>
      <span role="cell" class={one.waiting_bytes > 0 ? "number warn" : "number soft"}>
        {one.waiting_bytes > 0 ? bytes(one.waiting_bytes) : NOTHING}
      </span>
    </div>
  );
}

const STATES: Readonly<Record<string, string>> = { open: "good", connecting: "warn" };

export function State({ of }: { of: string }) {
  return <span class={`badge ${STATES[of] ?? ""}`}>{of}</span>;
}
