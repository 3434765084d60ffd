// Every live task of the hub, put together by where it was begun.

/** Times in seconds. */
export interface Task {
  readonly kind: string;
  readonly function: string;
  /** Where it was begun: a file and a line. */
  readonly place: string;
  readonly state: string;
  readonly age: number;
  /** For how long it has been in this state. */
  readonly since: number;
  readonly polls: number;
  readonly busy: number;
}

/** Tasks of one kind that were begun at one place and are in one state. */
export interface Group {
  readonly kind: string;
  readonly function: string;
  readonly place: string;
  readonly state: string;
  count: number;
  /** Of the oldest. */
  age: number;
  /** Of the one that has been in this state for longest. */
  since: number;
  busy: number;
}

export function groupsOf(tasks: readonly Task[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { kind, function: name, place, state, age, since, busy } of tasks) {
    const key = JSON.stringify([kind, name, place, state]);
    const found = groups.get(key);
    if (found) {
      found.count += 1;
      found.age = Math.max(found.age, age);
      found.since = Math.max(found.since, since);
      found.busy += busy;
    } else {
      groups.set(key, { kind, function: name, place, state, count: 1, age, since, busy });
    }
  }
  return [...groups.values()].sort((left, right) => right.count - left.count);
}
