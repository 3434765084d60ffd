// The settings that hold, and where each came from.

import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { count } from "../format";
import { readSettings, type Setting, settings, settingsProblem } from "../hub/settings";
import { Choices } from "../parts/choices";
import { Empty, Trouble } from "../parts/panel";
import { SearchField } from "../parts/search_field";
import { route } from "../route";

const SHOWN = ["all", "set"] as const;
const chosen = signal<(typeof SHOWN)[number]>("all");

const found = computed(() => {
  const words = route.value.search.toLowerCase().split(/\s+/).filter(Boolean);
  return (settings.value ?? []).filter(({ key, value, origin, meaning }) => {
    if (chosen.value === "set" && origin === "default") return false;
    const whole = `${key} ${value} ${origin} ${meaning}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
});

export function Settings() {
  useEffect(() => {
    void readSettings();
  }, []);
  return (
    <div class="stack">
      <div class="tools">
        <SearchField placeholder="Setting, value or origin" />
        <Choices
          label="Which"
          of={SHOWN}
          chosen={chosen.value}
          choose={(choice) => {
            chosen.value = choice;
          }}
        />
        <span class="soft">{count(found.value.length)} settings</span>
        <button type="button" class="spring" onClick={() => readSettings()}>
          Read again
        </button>
      </div>
      <Trouble problem={settingsProblem.value} />
      <List />
    </div>
  );
}

function List() {
  if (!settings.value) return <Empty title="Reading the settings" />;
  if (settings.value.length === 0) {
    return <Empty title="This hub shows no settings">It is part of another program.</Empty>;
  }
  if (found.value.length === 0) return <Empty title="No setting fits" />;
  return (
    <div class="panel">
      <table class="settings">
        <thead>
          <tr>
            <th>Setting</th>
            <th>Value</th>
            <th>Origin</th>
          </tr>
        </thead>
        <tbody>{found.value.map(line)}</tbody>
      </table>
    </div>
  );
}

function line({ key, value, origin, meaning, reload, waits }: Setting) {
  return (
    <tr key={key}>
      <td>
        <span class="code">{key}</span>
        <p class="soft">{meaning}</p>
      </td>
      <td>
        <span class="code">{value === "" || value === '""' ? "–" : value}</span>
        {waits !== undefined && <p class="warn">{waits} from the next start on</p>}
      </td>
      <td>
        <span class={origin === "default" ? "badge" : "badge accent"}>{origin}</span>
        {reload && <p class="soft">SIGHUP applies it</p>}
      </td>
    </tr>
  );
}
