import { textOf } from "../error.js";
import { readLine } from "./stream_reader.js";
import type { EventSourceConstructor, Transport } from "./transport.js";
import { nameUrl, UpDown } from "./up_down.js";

/** Server-sent events down, for proxies that hold back any other stream. */
export const sse: Transport = (endpoint, platform, events) => {
  let source: EventSource | undefined;
  const link = new UpDown(platform, events, () => source?.close());
  const named = (stream: string) => link.open(nameUrl(endpoint, stream));
  const handler = { named, pinged: () => link.poke(), ended: () => link.end() };
  try {
    // Where there is none, this throws too.
    const withCredentials = platform.credentials === "include";
    source = new (platform.EventSource as EventSourceConstructor)(endpoint.sse, {
      withCredentials,
    });
  } catch (thrown) {
    queueMicrotask(() => events.closed({ code: 1006, reason: textOf(thrown), status: 400 }));
    return link;
  }
  source.onmessage = ({ data }: MessageEvent<string>) => {
    if (data.trim() !== "") readLine(data, events, handler);
  };
  // It would connect again by itself, at once and for ever; when to do so is the session's matter.
  source.onerror = () => {
    link.end();
    events.closed({ code: 1006 });
  };
  return link;
};
