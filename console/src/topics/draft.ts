// What somebody typed to be published.

export type Draft = { readonly data: unknown } | { readonly fault: string };

/** JSON as it is, and any other text as a string, like `wirehub publish` does. */
export function readDraft(text: string): Draft {
  const trimmed = text.trim();
  if (trimmed === "") return { fault: "the payload is empty" };
  try {
    return { data: JSON.parse(trimmed) };
  } catch (error) {
    // Whoever begins an object means one.
    if (/^[[{"]/.test(trimmed)) return { fault: `this is no JSON: ${(error as Error).message}` };
    return { data: trimmed };
  }
}
