import { WirehubError } from "./error.js";

/** The addresses of one server. */
export interface Endpoint {
  /** `ws:` or `wss:`. */
  readonly socket: string;
  /** Where streams are opened. */
  readonly stream: string;
  /** Server-sent events. */
  readonly sse: string;
  /** How the server is. */
  readonly ping: string;
  /** What it is remembered by. */
  readonly origin: string;
}

/**
 * Reads an address as people write it: `wss://host/ws`, `https://host`, or `/ws` in a page.
 *
 * The other addresses stand beside the one of the WebSocket and keep its query.
 */
export function endpointOf(address: string | URL, page: string | undefined): Endpoint {
  let url: URL;
  try {
    url = new URL(address, page);
  } catch (cause) {
    throw new WirehubError("bad_request", `${address} is no address of a server`, false, cause);
  }
  if (!/^(ws|http)s?:$/.test(url.protocol)) {
    throw new WirehubError("bad_request", `${address} must begin with ws, wss, http or https`);
  }
  url.hash = "";
  const isBase = url.protocol.startsWith("http") && !url.pathname.endsWith("/ws");
  if (isBase && !url.pathname.endsWith("/")) url.pathname += "/";
  if (url.pathname.endsWith("/")) url.pathname += "ws";
  url.protocol = url.protocol.replace("ws", "http");
  const beside = (name: string, query = url.search) => {
    const other = new URL(name, url);
    other.search = query;
    return other.href;
  };
  return {
    socket: url.href.replace(/^http/, "ws"),
    stream: beside("stream"),
    sse: beside("sse"),
    // A token in the query is nobody's business there.
    ping: beside("ping", ""),
    origin: url.origin,
  };
}
