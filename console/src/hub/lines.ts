// A response that does not end, one JSON object a line.

import { ask } from "./ask";

/** Hears objects until the hub ends or the listener leaves; `opened` says when nothing is missed. */
export async function hear(
  path: string,
  signal: AbortSignal,
  told: (object: unknown) => void,
  opened: () => void = () => {},
): Promise<void> {
  const answer = await ask(path, { signal });
  opened();
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    // An empty line only says that the hub is still there.
    for (const line of lines) if (line) told(JSON.parse(line));
  }
}
