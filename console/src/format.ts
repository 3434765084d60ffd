// Numbers for people: three digits, a unit, and no more.

const LETTERS = ["", "k", "M", "G", "T"];
const BYTES = ["B", "KiB", "MiB", "GiB", "TiB"];
export const NOTHING = "–";

type Known = number | undefined;

/** 1234 is `1,234`, 12345 is `12.3k`. */
export function count(value: Known): string {
  if (value === undefined || Number.isNaN(value)) return NOTHING;
  if (Math.abs(value) < 10_000) return Math.round(value).toLocaleString("en");
  return scaled(value, 1_000, LETTERS, "");
}

/** A rate: `0.4`, `12`, `3.1k`. */
export function rate(value: Known): string {
  if (value === undefined || Number.isNaN(value)) return NOTHING;
  if (value === 0) return "0";
  if (value < 10) return value.toFixed(value < 0.95 ? 2 : 1);
  return value < 1_000 ? Math.round(value).toString() : scaled(value, 1_000, LETTERS, "");
}

export function bytes(value: Known): string {
  if (value === undefined || Number.isNaN(value)) return NOTHING;
  return value < 1_024 ? `${Math.round(value)} B` : scaled(value, 1_024, BYTES, " ");
}

/** A span of seconds: `85 µs`, `1.2 ms`, `3.4 s`, `2 min`, `5 h`, `3 d`. */
export function seconds(value: Known): string {
  if (value === undefined || Number.isNaN(value)) return NOTHING;
  if (value === 0) return "0 s";
  if (value < 1e-3) return `${digits(value * 1e6)} µs`;
  if (value < 1) return `${digits(value * 1e3)} ms`;
  if (value < 60) return `${digits(value)} s`;
  return long(value);
}

/** A span of a minute and more in its two largest units. */
export function long(value: number): string {
  const whole = Math.floor(value);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3_600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${whole % 60} s`;
  return `${whole} s`;
}

export function percent(share: Known): string {
  if (share === undefined || Number.isNaN(share)) return NOTHING;
  return `${Number(digits(share * 100))} %`;
}

/** The time of day. */
export function clock(at: Date): string {
  return at.toLocaleTimeString("en-GB");
}

function scaled(value: number, base: number, units: readonly string[], space: string): string {
  let [rest, step] = [value, 0];
  // What rounds up to a whole unit is written as one.
  while (Math.abs(rest) >= base * 0.9995 && step < units.length - 1) {
    rest /= base;
    step += 1;
  }
  return `${digits(rest)}${space}${units[step]}`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return Math.round(value).toString();
  return size >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}
