// The matrix as a table of Markdown, between its marks in a document.

const BEGIN = "<!-- faults: written by `cargo xtask conform clients --write` -->";
const END = "<!-- /faults -->";

/** The document with the table in the place of the one that it had. */
export function page(document, cells) {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`the document has no lines ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n${table(cells)}\n${END}${after}`;
}

/** A row for each fault, a column for each state; a cell names the libraries that failed. */
export function table(cells) {
  const states = [...new Set(cells.map(({ state }) => state))];
  const faults = [...new Map(cells.map(({ fault }) => [fault.fault, fault])).values()];
  const libraries = [...new Set(cells.map(({ library }) => library))];
  const row = (fields) => `| ${fields.join(" | ")} |`;
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
