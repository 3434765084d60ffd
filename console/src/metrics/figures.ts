// What charts and tiles show of one moment.

import { rate } from "./archive";
import { bucketsBetween, quantile } from "./histogram";
import type { Labels, Sample } from "./sample";

/** Rates are for a second, latencies in seconds; what is not known is `undefined`. */
export interface Figures {
  readonly at: number;
  readonly connecting: number;
  readonly open: number;
  readonly closing: number;
  readonly parked: number;
  readonly opened: number | undefined;
  readonly closed: number | undefined;
  readonly received: number | undefined;
  readonly published: number | undefined;
  readonly delivered: number | undefined;
  readonly receivedBytes: number | undefined;
  readonly sentBytes: number | undefined;
  readonly half: number | undefined;
  readonly most: number | undefined;
  readonly queueBytes: number;
  readonly dropped: number | undefined;
  readonly subscriptions: number;
  readonly topics: number;
  readonly cpu: number | undefined;
  readonly memory: number;
}

const LATENCY = "wirehub_delivery_duration_seconds";

/** Figures of now; `earlier` is some seconds older than `before`, for what needs many to be told. */
export function figuresOf(now: Sample, before?: Sample, earlier?: Sample): Figures {
  const state = now.by("wirehub_connections", "state");
  const fast = (name: string, wanted?: (labels: Labels) => boolean) =>
    rate(name, before, now, wanted);
  const latency = earlier ? bucketsBetween(LATENCY, earlier, now) : [];
  return {
    at: now.at,
    connecting: state.get("connecting") ?? 0,
    open: state.get("open") ?? 0,
    closing: state.get("closing") ?? 0,
    parked: now.sum("wirehub_sessions_parked"),
    opened: fast("wirehub_connections_opened_total"),
    closed: fast("wirehub_connections_closed_total"),
    received: fast("wirehub_messages_received_total"),
    published: fast("wirehub_publications_total"),
    delivered: fast("wirehub_deliveries_total"),
    receivedBytes: fast("wirehub_received_bytes_total"),
    sentBytes: fast("wirehub_sent_bytes_total"),
    half: quantile(0.5, latency),
    most: quantile(0.99, latency),
    queueBytes: now.sum("wirehub_queue_bytes"),
    dropped: fast("wirehub_frames_dropped_total"),
    subscriptions: now.sum("wirehub_subscriptions"),
    topics: now.sum("wirehub_topics"),
    cpu: fast("process_cpu_seconds_total"),
    memory: now.sum("process_resident_memory_bytes"),
  };
}
