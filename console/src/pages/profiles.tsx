// Where time and memory go.

import { computed, signal } from "@preact/signals";
import { bytes, count, percent, seconds } from "../format";
import { may } from "../hub/key";
import { Problem } from "../hub/problem";
import { Choices } from "../parts/choices";
import { Empty, Panel, Trouble } from "../parts/panel";
import { SearchField } from "../parts/search_field";
import { type Call, callsOf, totalsOf } from "../profile/flame";
import { FlameGraph } from "../profile/flame_graph";
import { Leaks } from "../profile/leaks";
import type { Profile, ValueType } from "../profile/pprof";
import { SOURCES, type Source, takeProfile } from "../profile/sources";
import { TaskTable } from "../profile/task_table";
import { route } from "../route";

interface Taken {
  readonly source: Source;
  readonly at: Date;
  readonly profile: Profile;
}

const taken = signal<Taken>();
const taking = signal<Source>();
const problem = signal<Problem>();
/** Which of the profile's values is shown; the last one is what pprof shows by itself. */
const chosen = signal<string>();

const typeAt = computed(() => {
  const types = taken.value?.profile.types ?? [];
  const found = types.findIndex(({ type }) => type === chosen.value);
  return found >= 0 ? found : types.length - 1;
});
const calls = computed(() => taken.value && callsOf(taken.value.profile, typeAt.value));

async function take(source: Source): Promise<void> {
  taking.value = source;
  problem.value = undefined;
  try {
    taken.value = { source, at: new Date(), profile: await takeProfile(source) };
    chosen.value = undefined;
  } catch (thrown) {
    problem.value = Problem.from(thrown);
  }
  taking.value = undefined;
}

export function Profiles() {
  if (!may("debug")) {
    return (
      <Empty title="No profiles with this key">
        It needs the scope <code>debug</code>, and a server that has it.
      </Empty>
    );
  }
  return (
    <div class="stack">
      <div class="tools">
        <div class="takers">
          {SOURCES.map((source) => (
            <button
              key={source.name}
              type="button"
              title={source.about}
              class={taken.value?.source === source ? "main" : ""}
              disabled={taking.value !== undefined}
              onClick={() => take(source)}
            >
              {source.name}
            </button>
          ))}
        </div>
        {calls.value && <SearchField placeholder="Function" />}
        <Types of={taken.value?.profile.types ?? []} />
      </div>
      <Trouble problem={problem.value} />
      {taking.value && <Taking source={taking.value} />}
      {!taking.value && taken.value && calls.value && <Shown of={taken.value} root={calls.value} />}
      {!taking.value && !taken.value && !problem.value && (
        <Empty title="No profile was taken yet">
          One at a time, and each costs the hub a little while it lasts.
        </Empty>
      )}
      <Leaks />
      <TaskTable />
    </div>
  );
}

function Types({ of }: { of: readonly ValueType[] }) {
  if (of.length < 2) return null;
  const names = of.map(({ type }) => type);
  return (
    <Choices
      label="Value"
      of={names}
      chosen={names[typeAt.value] ?? ""}
      choose={(name) => {
        chosen.value = name;
      }}
    />
  );
}

function Taking({ source }: { source: Source }) {
  return (
    <Empty title={`Taking a profile: ${source.name}`}>
      {source.seconds ? `It lasts ${source.seconds} seconds.` : "One moment."}
    </Empty>
  );
}

/** How values of a unit are written. */
function formatOf(unit: string): (value: number) => string {
  if (unit === "nanoseconds") return (value) => seconds(value / 1e9);
  return unit === "bytes" ? bytes : count;
}

function Shown({ of, root }: { of: Taken; root: Call }) {
  const type = of.profile.types[typeAt.value];
  const format = formatOf(type?.unit ?? "");
  if (root.total === 0) return <Empty title="The profile is empty">Nothing of it was seen.</Empty>;
  return (
    <>
      <Panel title={`${of.source.name}: ${type?.type ?? ""}`} aside={of.source.about}>
        <FlameGraph key={of.at.getTime()} root={root} format={format} search={route.value.search} />
      </Panel>
      <Totals root={root} format={format} />
    </>
  );
}

const TOTALS_MAX = 60;

function Totals({ root, format }: { root: Call; format: (value: number) => string }) {
  const words = route.value.search.toLowerCase();
  const all = totalsOf(root).filter(({ name }) => name.toLowerCase().includes(words));
  return (
    <Panel title="Functions" aside={`${count(all.length)} of them, by what they cost themselves`}>
      <table class="settings totals">
        <thead>
          <tr>
            <th>Function</th>
            <th class="number">Itself</th>
            <th class="number">With what it calls</th>
          </tr>
        </thead>
        <tbody>
          {all.slice(0, TOTALS_MAX).map(({ name, self, total }) => (
            <tr key={name}>
              <td class="code">{name}</td>
              <td class="number">
                {format(self)} <span class="soft">{percent(self / root.total)}</span>
              </td>
              <td class="number">
                {format(total)} <span class="soft">{percent(total / root.total)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
