// The hubs that meet at the same broker as this one, if there are others.

import { signal } from "@preact/signals";
import { get } from "./ask";
import { pause } from "./connections";

export interface Node {
  readonly node: string;
  readonly version: string;
  readonly draining: boolean;
  readonly connections: Readonly<Record<string, number>>;
  readonly topics: number;
}

export interface Cluster {
  /** The name of the hub that this page came from. */
  readonly node: string;
  readonly nodes: readonly Node[];
  /** Those that did not answer. */
  readonly silent_nodes: readonly string[];
}

interface Info {
  readonly cluster?: Cluster;
}

/** All hubs are asked for it, so not all the time. */
const PAUSE = 5_000;

/** `undefined` for a hub that meets no others. */
export const cluster = signal<Cluster>();

/** Reads it again and again, until told otherwise. */
export async function watchCluster(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const info: Info = await get("/api/info", signal);
      if (!signal.aborted) cluster.value = info.cluster;
    } catch {
      // Why the hub does not answer is said where its figures are.
    }
    await pause(PAUSE, signal);
  }
}

/** How many connections a node has, whatever their states. */
export function connectionsOf(node: Node): number {
  return Object.values(node.connections).reduce((sum, some) => sum + some, 0);
}
