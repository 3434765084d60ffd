// The frame around every page.

import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { firing } from "./alarms/live";
import { long } from "./format";
import { Help } from "./help";
import { cluster, watchCluster } from "./hub/cluster";
import { role, signOut } from "./hub/key";
import { readiness, sample, silence, stopWatching, watch } from "./hub/live";
import { helpIsOpen } from "./keyboard";
import { Alarms } from "./pages/alarms";
import { Connections } from "./pages/connections";
import { Health } from "./pages/health";
import { Overview } from "./pages/overview";
import { Profiles } from "./pages/profiles";
import { Settings } from "./pages/settings";
import { Topics } from "./pages/topics";
import { Icon, Mark } from "./parts/icon";
import { Trouble } from "./parts/panel";
import { linkTo, PAGES, type Page, route } from "./route";
import { nextTheme, theme } from "./theme";

const CONTENTS: Readonly<Record<Page, ComponentType>> = {
  overview: Overview,
  connections: Connections,
  topics: Topics,
  health: Health,
  profiles: Profiles,
  alarms: Alarms,
  settings: Settings,
};

export function Shell() {
  useEffect(() => {
    const leaving = new AbortController();
    watch();
    void watchCluster(leaving.signal);
    return () => {
      stopWatching();
      leaving.abort();
    };
  }, []);
  const { page } = route.value;
  const Content = CONTENTS[page];
  return (
    <div class="shell">
      <Pages />
      <header>
        <h1>{titleOf(page)}</h1>
        <Facts />
      </header>
      <main>
        <Trouble problem={silence.value} />
        <Content />
      </main>
      {helpIsOpen.value && <Help />}
    </div>
  );
}

function Pages() {
  return (
    <nav>
      <div class="brand">
        <Mark />
        <span>Wirehub</span>
      </div>
      {PAGES.map((page) => (
        <a
          key={page}
          class="page"
          href={linkTo(page)}
          title={titleOf(page)}
          aria-current={page === route.value.page ? "page" : undefined}
        >
          <Icon name={page} />
          <span>{titleOf(page)}</span>
          {page === "alarms" && firing.value.length > 0 && (
            <b class="badge bad">{firing.value.length}</b>
          )}
        </a>
      ))}
      <Foot />
    </nav>
  );
}

const THEME_ICONS = { system: "half", dark: "moon", light: "sun" } as const;

function Foot() {
  const help = () => {
    helpIsOpen.value = true;
  };
  return (
    <div class="foot">
      <span class="who">{role.value}</span>
      <button
        class="plain"
        type="button"
        title={`Theme: ${theme.value}`}
        aria-label={`Theme: ${theme.value}`}
        onClick={nextTheme}
      >
        <Icon name={THEME_ICONS[theme.value]} />
      </button>
      <button class="plain" type="button" title="Keys" aria-label="Keys" onClick={help}>
        <Icon name="keys" />
      </button>
      <button class="plain" type="button" title="Sign out" aria-label="Sign out" onClick={signOut}>
        <Icon name="leave" />
      </button>
    </div>
  );
}

/** What runs here, and how it is. */
function Facts() {
  const now = sample.value;
  if (!now) return null;
  const version = now.all("wirehub_build_info")[0]?.labels.version ?? "";
  const status = silence.value ? "silent" : (readiness.value?.status ?? "unknown");
  return (
    <div class="facts">
      {cluster.value && <span class="lesser">node {cluster.value.node}</span>}
      <span class="lesser">version {version}</span>
      <span class="lesser">up {long(now.sum("wirehub_uptime_seconds"))}</span>
      <span class={`pulse ${status === "ready" ? "good" : "bad"}`}>{status}</span>
    </div>
  );
}

function titleOf(page: Page): string {
  return page.charAt(0).toUpperCase() + page.slice(1);
}
