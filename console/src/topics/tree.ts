// Topics as a tree: one branch for each level between slashes.

import type { Topic } from "../hub/topics";

export interface Branch {
  /** The level's own name. */
  readonly name: string;
  /** With all levels above. */
  readonly path: string;
  readonly depth: number;
  /** Who subscribes to this very topic; `undefined` when nobody does. */
  subscribers: number | undefined;
  /** How many topics are here and below. */
  topics: number;
  /** How many subscribe to any of them. */
  total: number;
  readonly children: Map<string, Branch>;
}

export function treeOf(topics: Iterable<Topic>): Branch {
  const root = branch("", "", -1);
  for (const { topic, subscribers } of topics) {
    let at = root;
    count(at, subscribers);
    for (const name of topic.split("/")) {
      const path = at === root ? name : `${at.path}/${name}`;
      let next = at.children.get(name);
      if (!next) {
        next = branch(name, path, at.depth + 1);
        at.children.set(name, next);
      }
      at = next;
      count(at, subscribers);
    }
    at.subscribers = subscribers;
  }
  return root;
}

function branch(name: string, path: string, depth: number): Branch {
  return { name, path, depth, subscribers: undefined, topics: 0, total: 0, children: new Map() };
}

function count(at: Branch, subscribers: number): void {
  at.topics += 1;
  at.total += subscribers;
}

/** The branches to be seen, in the order of their names, what is closed left out. */
export function visible(root: Branch, isOpen: (branch: Branch) => boolean): Branch[] {
  const rows: Branch[] = [];
  const walk = (at: Branch) => {
    for (const child of [...at.children.values()].sort(byName)) {
      rows.push(child);
      if (isOpen(child)) walk(child);
    }
  };
  walk(root);
  return rows;
}

/** Numbers in names count as numbers: 9 is before 10. */
const NAMES = new Intl.Collator("en", { numeric: true });

function byName(left: Branch, right: Branch): number {
  return NAMES.compare(left.name, right.name) || (left.name < right.name ? -1 : 1);
}
