// How connections go through their life: the states of the picture and what moves between them.

import { increase } from "../metrics/archive";
import type { Labels, Sample } from "../metrics/sample";

/** What moves along each arrow in a second; `undefined` before there are two samples. */
export interface Flows {
  readonly arrives: number | undefined;
  readonly refused: number | undefined;
  readonly letIn: number | undefined;
  readonly turnedAway: number | undefined;
  readonly leaves: number | undefined;
  readonly sentAway: number | undefined;
  readonly lost: number | undefined;
  readonly resumed: number | undefined;
  readonly givenUp: number | undefined;
}

const BY_CLIENT = ["client", "normal"];
const BY_ACCIDENT = ["lost", "failed", "heartbeat_timeout"];
const BEFORE_IT_WAS_IN = ["unauthorized"];

export function flowsBetween(before: Sample | undefined, now: Sample): Flows {
  const seconds = before ? (now.at - before.at) / 1_000 : 0;
  const each = (name: string, wanted?: (labels: Labels) => boolean) =>
    seconds > 0 ? increase(name, before, now, wanted) / seconds : undefined;
  const closed = (wanted: (cause: string) => boolean) =>
    each("wirehub_connections_closed_total", ({ cause = "" }) => wanted(cause));
  const ended = (...results: string[]) =>
    each("wirehub_sessions_ended_total", ({ result = "" }) => results.includes(result));
  const arrives = each("wirehub_connections_opened_total");
  const turnedAway = closed((cause) => BEFORE_IT_WAS_IN.includes(cause));
  return {
    arrives,
    refused: each(
      "wirehub_handshakes_total",
      ({ result = "" }) => result !== "upgraded" && result !== "answered",
    ),
    letIn: letIn(arrives, turnedAway, (connecting(now) - connecting(before ?? now)) / seconds),
    turnedAway,
    leaves: closed((cause) => BY_CLIENT.includes(cause)),
    sentAway: closed(
      (cause) => ![...BY_CLIENT, ...BY_ACCIDENT, ...BEFORE_IT_WAS_IN].includes(cause),
    ),
    lost: closed((cause) => BY_ACCIDENT.includes(cause)),
    resumed: ended("resumed"),
    givenUp: ended("expired", "evicted"),
  };
}

/** Who came and is neither waiting nor turned away is in. */
function letIn(arrives: number | undefined, turnedAway: number | undefined, waiting: number) {
  if (arrives === undefined || turnedAway === undefined) return undefined;
  return Math.max(0, arrives - turnedAway - waiting);
}

function connecting(sample: Sample): number {
  return sample.sum("wirehub_connections", ({ state }) => state === "connecting");
}
