// What one look at GET /metrics found, in the text format of Prometheus 0.0.4.

export type Labels = Readonly<Record<string, string>>;

export interface Series {
  readonly labels: Labels;
  readonly value: number;
}

/** Values of one moment, by the name of the metric. */
export class Sample {
  readonly at: number;
  readonly #families: ReadonlyMap<string, readonly Series[]>;

  /** @param at in milliseconds, of a clock that only goes forward. */
  constructor(at: number, families: ReadonlyMap<string, readonly Series[]>) {
    this.at = at;
    this.#families = families;
  }

  has(name: string): boolean {
    return this.#families.has(name);
  }

  all(name: string): readonly Series[] {
    return this.#families.get(name) ?? [];
  }

  /** The sum of all series, or of those that are wanted. */
  sum(name: string, wanted: (labels: Labels) => boolean = () => true): number {
    let sum = 0;
    for (const { labels, value } of this.all(name)) if (wanted(labels)) sum += value;
    return sum;
  }

  /** The values by one of the labels. */
  by(name: string, label: string): Map<string, number> {
    const values = new Map<string, number>();
    for (const { labels, value } of this.all(name)) {
      const key = labels[label] ?? "";
      values.set(key, (values.get(key) ?? 0) + value);
    }
    return values;
  }
}

const LINE = /^([a-zA-Z_:][\w:]*)(\{.*\})?\s+(\S+)/;
const PAIR = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", '"': '"', "\\": "\\" };

/** Labels come with every scrape anew; one object for each keeps the samples of an hour small. */
const known = new Map<string, Labels>();
const NONE: Labels = {};

/** Reads a scrape; lines that are none are passed over. */
export function readSample(text: string, at: number): Sample {
  const families = new Map<string, Series[]>();
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    const [, name, labels, number] = LINE.exec(line) ?? [];
    if (name === undefined || number === undefined) continue;
    const value = readNumber(number);
    if (Number.isNaN(value)) continue;
    const series = { labels: labels ? readLabels(labels) : NONE, value };
    const family = families.get(name);
    if (family) family.push(series);
    else families.set(name, [series]);
  }
  return new Sample(at, families);
}

function readLabels(text: string): Labels {
  const before = known.get(text);
  if (before) return before;
  const labels: Record<string, string> = Object.create(null);
  for (const [, name, value] of text.matchAll(PAIR)) {
    if (name === undefined || value === undefined) continue;
    labels[name] = value.replace(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char);
  }
  known.set(text, labels);
  return labels;
}

function readNumber(text: string): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  return Number(text);
}
