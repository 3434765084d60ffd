// The hub at a glance.

import { signal } from "@preact/signals";
import { Chart } from "../chart/chart";
import { bytes, count, rate, seconds } from "../format";
import { type Cluster, cluster, connectionsOf } from "../hub/cluster";
import { archive, figures, sample } from "../hub/live";
import { flowsBetween } from "../lifecycle/flows";
import { Life } from "../lifecycle/picture";
import type { Figures } from "../metrics/figures";
import type { Sample } from "../metrics/sample";
import { Choices } from "../parts/choices";
import { Empty, Panel } from "../parts/panel";

const WINDOWS = { "1 min": 60, "5 min": 300, "15 min": 900 } as const;
type Window = keyof typeof WINDOWS;

const chosen = signal<Window>("5 min");

export function Overview() {
  const now = sample.value;
  const last = figures.value.at(-1);
  if (!now || !last) return <Empty title="Waiting for the hub's first figures" />;
  const flows = flowsBetween(archive.ago(10), now);
  return (
    <div class="stack">
      <Tiles figures={last} />
      <Panel title="Life of connections" aside="how many are where, and how many move in a second">
        <Life figures={last} flows={flows} closed={now.sum("wirehub_connections_closed_total")} />
      </Panel>
      <div class="columns">
        <Charts window={windowOf(WINDOWS[chosen.value])} />
        <div class="stack aside-column">
          {cluster.value && <Nodes of={cluster.value} />}
          <Shards now={now} />
          <Bars title="Transports" values={now.by("wirehub_transport_connections", "transport")} />
          {now.has("wirehub_memory_bytes") && (
            <Bars title="Memory" values={now.by("wirehub_memory_bytes", "owner")} format={bytes} />
          )}
          <Bars title="Tasks and threads" values={now.by("wirehub_tasks", "name")} />
        </div>
      </div>
    </div>
  );
}

/** What is not known yet takes no room. */
function windowOf(wanted: number): number {
  const [first, last] = [figures.value[0]?.at ?? 0, figures.value.at(-1)?.at ?? 0];
  return Math.min(wanted, Math.max(60, (last - first) / 1_000));
}

function Tiles({ figures: now }: { figures: Figures }) {
  const { subscriptions, topics } = now;
  return (
    <div class="tiles">
      <Tile name="Connections" value={count(now.open)} more={`${rate(now.opened)} opened/s`} />
      <Tile name="Subscriptions" value={count(subscriptions)} more={`${count(topics)} topics`} />
      <Tile
        name="Messages in"
        value={rate(now.received)}
        unit="/s"
        more={`${rate(now.published)} published/s`}
      />
      <Tile
        name="Deliveries"
        value={rate(now.delivered)}
        unit="/s"
        more={`${bytes(now.sentBytes)}/s`}
      />
      <Tile
        name="Delivery, p99"
        value={seconds(now.most)}
        more={`half within ${seconds(now.half)}`}
      />
      <Tile
        name="In queues"
        value={bytes(now.queueBytes)}
        more={`${rate(now.dropped)} frames dropped/s`}
      />
      <Tile
        name="Process"
        value={bytes(now.memory)}
        more={`${now.cpu === undefined ? "–" : Math.round(now.cpu * 100)} % of a core`}
      />
    </div>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  readonly more: string;
}

function Tile({ name, value, unit = "", more }: TileProps) {
  return (
    <div class="tile">
      <div class="name">{name}</div>
      <div class="value">
        {value}
        <small>{unit}</small>
      </div>
      <div class="more">{more}</div>
    </div>
  );
}

function Charts({ window }: { window: number }) {
  const all = figures.value;
  const times = all.map(({ at }) => at);
  const line = (name: string, colour: number, read: (figures: Figures) => number | undefined) => ({
    name,
    colour,
    values: all.map(read),
  });
  const shared = { times, window };
  return (
    <div class="stack">
      <div class="charts">
        <Chart
          {...shared}
          title="Connections"
          format={count}
          least={4}
          lines={[line("open", 1, (it) => it.open), line("may resume", 2, (it) => it.parked)]}
        />
        <Chart
          {...shared}
          title="Messages a second"
          format={rate}
          least={4}
          lines={[line("in", 2, (it) => it.received), line("delivered", 1, (it) => it.delivered)]}
        />
        <Chart
          {...shared}
          title="From publication to socket"
          format={seconds}
          least={0.001}
          lines={[line("p99", 3, (it) => it.most), line("p50", 1, (it) => it.half)]}
        />
        <Chart
          {...shared}
          title="Bytes a second"
          format={bytes}
          base={1024}
          least={1024}
          lines={[line("in", 2, (it) => it.receivedBytes), line("out", 1, (it) => it.sentBytes)]}
        />
        <Chart
          {...shared}
          title="Waiting in queues"
          format={bytes}
          base={1024}
          least={1024}
          lines={[line("bytes", 4, (it) => it.queueBytes)]}
        />
        <Chart
          {...shared}
          title="Coming and going"
          format={rate}
          least={4}
          lines={[line("opened", 1, (it) => it.opened), line("closed", 2, (it) => it.closed)]}
        />
      </div>
      <div class="below">
        <Choices
          label="How far back"
          of={Object.keys(WINDOWS) as Window[]}
          chosen={chosen.value}
          choose={(window) => {
            chosen.value = window;
          }}
        />
      </div>
    </div>
  );
}

/** All hubs of the cluster; everything else on the page is of this one. */
function Nodes({ of }: { of: Cluster }) {
  const most = Math.max(1, ...of.nodes.map(connectionsOf));
  return (
    <Panel title="Nodes" aside={`${of.nodes.length + of.silent_nodes.length}`}>
      <div class="bars">
        {of.nodes.map((one) => (
          <div class="bar" key={one.node}>
            <span>
              {one.node} {one.node === of.node && <span class="badge">this one</span>}{" "}
              {one.draining && <span class="badge warn">drains</span>}
            </span>
            <span class="soft">{count(connectionsOf(one))} connections</span>
            <progress max={most} value={connectionsOf(one)} />
          </div>
        ))}
        {of.silent_nodes.map((node) => (
          <div class="bar" key={node}>
            <span>
              {node} <span class="badge bad">does not answer</span>
            </span>
          </div>
        ))}
      </div>
    </Panel>
  );
}

function Shards({ now }: { now: Sample }) {
  const connections = now.by("wirehub_shard_connections", "shard");
  const up = now.by("wirehub_shard_up", "shard");
  const most = Math.max(1, ...connections.values());
  return (
    <Panel title="Shards" aside={`${up.size}`}>
      <div class="bars">
        {[...up].map(([shard, answered]) => (
          <div class="bar" key={shard}>
            <span>
              shard {shard} {answered === 0 && <span class="badge bad">does not answer</span>}
            </span>
            <span class="soft">{count(connections.get(shard) ?? 0)} connections</span>
            <progress max={most} value={connections.get(shard) ?? 0} />
          </div>
        ))}
      </div>
    </Panel>
  );
}

interface BarsProps {
  readonly title: string;
  readonly values: ReadonlyMap<string, number>;
  readonly format?: (value: number) => string;
}

function Bars({ title, values, format = count }: BarsProps) {
  const shown = [...values].filter(([, value]) => value > 0);
  const sorted = shown.sort(([, left], [, right]) => right - left);
  const most = Math.max(1, ...values.values());
  return (
    <Panel title={title}>
      {sorted.length === 0 ? (
        <Empty title="None" />
      ) : (
        <div class="bars">
          {sorted.map(([name, value]) => (
            <div class="bar" key={name}>
              <span>{name}</span>
              <span class="soft">{format(value)}</span>
              <progress max={most} value={value} />
            </div>
          ))}
        </div>
      )}
    </Panel>
  );
}
