import type { Endpoint } from "../endpoint.js";
import type { Platform } from "../transport/transport.js";

/** How long the answer may take. */
const PING_TIMEOUT = 5_000;

/** Asks a server how it is; the status, or null when there was no answer. Never rejects. */
export async function ping(endpoint: Endpoint, platform: Platform): Promise<number | null> {
  try {
    const answer = await platform.fetch(endpoint.ping, {
      cache: "no-store",
      credentials: platform.credentials,
      signal: AbortSignal.timeout(PING_TIMEOUT),
    });
    answer.body?.cancel().catch(() => {});
    return answer.status;
  } catch {
    return null;
  }
}
