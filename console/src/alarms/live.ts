// Alarms of the hub that this page looks at.

import { computed, signal } from "@preact/signals";
import { archive, onSample } from "../hub/live";
import { seenIn } from "./seen";
import { type Alarm, Watch } from "./watch";

const watch = new Watch();

export const alarms = signal<readonly Alarm[]>([]);
export const firing = computed(() => alarms.value.filter(({ state }) => state === "firing"));

onSample(() => {
  const seen = seenIn(archive, Date.now());
  if (seen) alarms.value = watch.look(seen);
});
