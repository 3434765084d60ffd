// What was measured, as tables of Markdown between the marks of docs/dialects.md.

import { between, row } from "../marks.mjs";
import { DIFFERENCES } from "./pairs.mjs";

const MATRIX = "<!-- matrix: written by `cargo xtask conform interop --suite dialects --write` -->";
const PAIRS = "<!-- pairs: written by the same -->";

const TITLES = { native: "native", centrifugo: "Centrifugo", pusher: "Pusher" };

/** The document with what was measured in the place of what it had. */
export function page(document, cells, pairs) {
  const [closings, others] = [true, false].map((isClosing) => cells.filter((cell) => isClosing === !cell.behaviour.does));
  const tables = [
    `${unique(cells.map(({ behaviour }) => behaviour)).length} behaviours, ${cells.length} cells.`,
    matrix(others, "what is done"),
    matrix(closings, "the hub closes the connection for the reason"),
    lacking(cells),
  ];
  const withMatrix = between(document, [MATRIX, "<!-- /matrix -->"], tables.join("\n\n"));
  return between(withMatrix, [PAIRS, "<!-- /pairs -->"], exchanged(pairs));
}

const unique = (list) => [...new Set(list)];

/** A row for each behaviour, a column for each library. */
export function matrix(cells, title) {
  const [libraries, behaviours] = ["library", "behaviour"].map((part) => unique(cells.map((cell) => cell[part])));
  const rows = behaviours.map((behaviour) => {
    const here = cells.filter((cell) => cell.behaviour === behaviour);
    const verdicts = libraries.map((library) => verdict(here.find((cell) => cell.library === library)));
    return row([nameOf(behaviour), behaviour.sees, ...verdicts]);
  });
  return [
    row([title, "what is seen", ...libraries.map(({ name }) => name)]),
    row(["---", "---", ...libraries.map(() => ":-:")]),
    ...rows,
  ].join("\n");
}

const nameOf = ({ name, does }) => (does ? `**${name}**: ${does}` : `\`${name}\``);

function verdict({ note, wrong, isLacking }) {
  if (wrong) return "✗";
  if (isLacking) return "–";
  return note === undefined ? "✓" : `✓ \`${note}\``;
}

/** Why a dialect, or a library, cannot express a behaviour: a row for each reason. */
export function lacking(cells) {
  const reasons = new Map();
  for (const cell of cells.filter(({ isLacking }) => isLacking)) {
    const key = JSON.stringify([cell.behaviour.name, cell.why]);
    reasons.set(key, [...(reasons.get(key) ?? []), cell]);
  }
  const rows = [...reasons.values()].map((same) => row([same[0].behaviour.name, whose(same, cells), same[0].why]));
  return [row(["–", "where", "why, as it was seen"]), row(["---", "---", "---"]), ...rows].join("\n");
}

/** The dialect when it is all of its libraries, else their names. */
function whose(same, cells) {
  const libraries = same.map(({ library }) => library);
  const [{ dialect }] = libraries;
  const all = unique(cells.map(({ library }) => library)).filter((library) => library.dialect === dialect);
  return all.length === libraries.length ? TITLES[dialect] : libraries.map(({ name }) => name).join(", ");
}

/** A row for each library that speaks, a column for each that hears. */
export function exchanged(pairs) {
  const [speakers, hearers] = ["from", "to"].map((end) => unique(pairs.map((pair) => pair[end])));
  const rows = speakers.map((from) => {
    const here = hearers.map((to) => pairs.find((pair) => pair.from === from && pair.to === to));
    return row([from.name, from.lacks?.join(", ") ?? "", ...here.map(arrival)]);
  });
  const letters = Object.entries(DIFFERENCES).filter(([letter]) => pairs.some((pair) => pair.letters.includes(letter)));
  return [
    `${pairs.length} pairs.`,
    "",
    row(["speaks", "has no", ...hearers.map(({ name }) => name)]),
    row(["---", "---", ...hearers.map(() => ":-:")]),
    ...rows,
    "",
    ...letters.map(([letter, { means }]) => `- **${letter}**: ${means}.`),
  ].join("\n");
}

function arrival({ letters, wrong }) {
  return wrong.length > 0 ? "✗" : `✓ ${letters}`.trim();
}
