import { Links } from "../src/driver/links.js";
import type { Endpoint } from "../src/endpoint.js";
import type { Link, Platform, Transport } from "../src/transport/transport.js";

/** Opens one link as the driver does, and keeps what the session would hear of it, in short. */
export function probe(transport: Transport, endpoint: Endpoint, platform: Platform) {
  const told: unknown[] = [];
  const links = new Links(
    (input) => {
      if (input.in === "message") told.push(input.message.type);
      else if (input.in === "garbage") told.push(`garbage: ${input.error}`);
      else if (input.in === "closed") {
        const { in: _in, link: _link, ...ending } = input;
        told.push(ending);
      } else told.push(input.in);
    },
    { welcome() {} },
  );
  links.add(1, transport(endpoint, platform, links.eventsOf(1)));
  const link: Link = {
    send: (message) => links.send(1, message),
    close: (code, reason) => links.close(1, code, reason),
  };
  return { link, told };
}
