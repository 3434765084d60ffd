// The matrix as a table of Markdown, between its marks in a document.

import { between, row } from "../marks.mjs";

const MARKS = ["<!-- faults: written by `cargo xtask conform clients --write` -->", "<!-- /faults -->"];

/** The document with the table in the place of the one that it had. */
export const page = (document, cells) => between(document, MARKS, table(cells));

/** A row for each fault, a column for each state; a cell names the libraries that failed. */
export function table(cells) {
  const states = [...new Set(cells.map(({ state }) => state))];
  const faults = [...new Map(cells.map(({ fault }) => [fault.fault, fault])).values()];
  const libraries = [...new Set(cells.map(({ library }) => library))];
  return [
    `${cells.length} cells; libraries: ${libraries.join(", ")}.`,
    "",
    row(["fault", "what happens", "ends", ...states]),
    row(["---", "---", "---", ...states.map(() => ":-:")]),
    ...faults.map(({ fault, says, ends }) =>
      row([fault, says, outcome(ends), ...states.map((state) => verdict(cells, fault, state))]),
    ),
  ].join("\n");
}

function outcome({ state, cause }) {
  return cause === undefined ? state : `${state}, \`${cause}\``;
}

function verdict(cells, fault, state) {
  const here = cells.filter((cell) => cell.fault.fault === fault && cell.state === state);
  const failed = here.filter(({ wrong }) => wrong.length > 0).map(({ library }) => library);
  return failed.length === 0 ? "✓" : `✗ ${failed.join(", ")}`;
}
