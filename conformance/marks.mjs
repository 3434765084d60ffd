// What a run measured, kept in a document between two marks.

/** The document with the text in the place of the one that stood between the marks. */
export function between(document, [begin, end], text) {
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`the document has no lines ${begin} and ${end}`);
  return `${before}${begin}\n${text}\n${end}${after}`;
}

/** A row of a table of Markdown. */
export const row = (fields) => `| ${fields.join(" | ")} |`;
