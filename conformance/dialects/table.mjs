// The matrix and the pairs as tables of Markdown, as they stand in docs/dialects.md.

import { between, row } from "../marks.mjs";
import { DIFFERENCES } from "./pairs.mjs";

const MARKS = ["<!-- matrix: written by `cargo xtask conform interop --suite dialects --write` -->", "<!-- /matrix -->"];

/** The document with what was measured in the place of what it had. */
export const page = (document, cells, pairs) => between(document, MARKS, [matrix(cells), lacking(cells), exchanged(pairs)].join("\n\n"));

const unique = (list) => [...new Set(list)];

/** A row for each behaviour, a column for each library. */
function matrix(cells) {
  const libraries = unique(cells.map(({ library }) => library));
  const behaviours = unique(cells.map(({ behaviour }) => behaviour));
  const rows = behaviours.map((behaviour) => {
    const here = libraries.map((library) => verdict(cells.find((cell) => cell.behaviour === behaviour && cell.library === library)));
    return row([`**${behaviour.name}**: it ${behaviour.does}`, behaviour.sees, ...here]);
  });
  return [
    `${behaviours.length} behaviours, ${cells.length} cells.`,
    "",
    row(["a client", "what is seen", ...libraries.map(({ name }) => name)]),
    row(["---", "---", ...libraries.map(() => ":-:")]),
    ...rows,
  ].join("\n");
}

function verdict({ note, wrong, isLacking }) {
  if (wrong) return "✗";
  if (isLacking) return "–";
  return note === undefined ? "✓" : `✓ ${note}`;
}

/** Why a dialect, or a library, cannot express a behaviour. */
function lacking(cells) {
  const lines = cells
    .filter(({ isLacking }) => isLacking)
    .map(({ behaviour, library, why }) => row([behaviour.name, library.dialectName ?? library.name, why]));
  return ["| behaviour | – | because, and that is what was seen |", "|---|---|---|", ...unique(lines)].join("\n");
}

/** A row for each library that speaks, a column for each that hears. */
function exchanged(pairs) {
  const [speakers, hearers] = [unique(pairs.map(({ from }) => from)), unique(pairs.map(({ to }) => to))];
  const rows = speakers.map((from) => {
    const here = hearers.map((to) => pairs.find((pair) => pair.from === from && pair.to === to));
    const marks = here.map(({ letters, wrong }) => (wrong.length > 0 ? "✗" : `✓ ${letters}`.trim()));
    return row([from.name, from.lacks?.join(", ") ?? "", ...marks]);
  });
  const letters = Object.entries(DIFFERENCES).filter(([letter]) => pairs.some((pair) => pair.letters.includes(letter)));
  return [
    row(["speaks", "has no", ...hearers.map(({ name }) => `${name} hears`)]),
    row(["---", "---", ...hearers.map(() => ":-:")]),
    ...rows,
    "",
    ...letters.map(([letter, { means }]) => `- **${letter}**: ${means}.`),
  ].join("\n");
}
