import type { Endpoint } from "../endpoint.js";
import { textOf } from "../error.js";
import { readLine } from "./stream_reader.js";
import {
  type Ending,
  type LinkEvents,
  type Platform,
  retryAfterOf,
  type Transport,
} from "./transport.js";
import { nameUrl, UpDown } from "./up_down.js";

/** The longest line that is gathered; the server's messages are far shorter. */
const LINE_MAX = 16 * 1024 * 1024;

/** One response that does not end, with a message on each line. */
export const httpStream: Transport = (endpoint, platform, events) => {
  const down = new AbortController();
  const link = new UpDown(platform, events, () => down.abort());
  const named = (stream: string) => link.open(nameUrl(endpoint, stream));
  const handler = { named, pinged: () => link.poke(), ended: () => link.end() };
  read(endpoint, platform, down.signal, events, (line) => readLine(line, events, handler))
    .then((ending) => events.closed(ending))
    .catch((thrown) => events.closed({ code: 1006, reason: textOf(thrown) }))
    .finally(() => link.end());
  return link;
};

async function read(
  endpoint: Endpoint,
  { fetch, credentials }: Platform,
  signal: AbortSignal,
  events: LinkEvents,
  onLine: (line: string) => void,
): Promise<Ending> {
  const headers = { "content-type": "text/plain", accept: "application/x-ndjson" };
  const request = { method: "POST", body: "", headers, credentials, signal } as const;
  const answer = await fetch(endpoint.stream, { ...request, cache: "no-store" });
  if (answer.status !== 200 || answer.body === null) {
    answer.body?.cancel().catch(() => {});
    const after = retryAfterOf(answer.headers.get("retry-after"));
    return { code: 1006, status: answer.status, ...after };
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { code: 1006 };
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LINE_MAX) events.garbage("a line does not end");
    for (const line of lines) if (line.trim() !== "") onLine(line);
  }
}
