// The dialects: where each is spoken, how a topic is called there, and what opens the door.

import { randomUUID } from "node:crypto";
import { sign } from "../faults/token.mjs";
import { SECRET } from "./hub.mjs";

/** The apps of `wirehub.toml`. */
export const APP = { id: "1001", key: "key-1", secret: "matrix-app-secret-0001" };
export const SMALL_APP = { id: "1002", key: "key-2", secret: "matrix-app-secret-0002" };

/** What a token of the matrix allows; `open/…` may be heard and not spoken to. */
const FAMILIES = ["private-room", "presence-room", "private-short", "private-cache-room", "private-small"];
const SPOKEN = FAMILIES.map((family) => `${family}/#`);

/** A token of a user; claims add to it or stand in place of what it has. */
export function token(user, claims = {}, key = SECRET) {
  const heard = [...SPOKEN, "open/#"];
  const allowed = { subscribe: heard, publish: SPOKEN, presence: heard, history: heard };
  return sign(key, user, { ...allowed, info: { name: user }, ...claims });
}

/** The time in seconds from now, as a token has it. */
export const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/** The first token that a client has, and those that it is given when it asks; of whichever user. */
const withTokens = (path) => (address, user, { tokens = [{}] }) => ({
  address: address.replace("http", "ws") + path,
  tokens: tokens.map(({ key, ...claims }) => token(user, claims, key)),
});

export const DIALECTS = {
  native: { channel: (topic) => topic, credentials: withTokens("/ws") },
  centrifugo: {
    channel: (topic) => topic.replace(/[:/]/g, (separator) => (separator === "/" ? ":" : "/")),
    credentials: withTokens("/connection/websocket"),
  },
  pusher: {
    channel: (topic) => topic.replaceAll("/", "."),
    credentials: (address, user, { app = APP, forged }) => ({ address, app, user, forged }),
  },
};

/** A topic that nobody else has: `private-room` keeps history, `presence-room` knows who is there as well. */
export function newRoom(family = "private-room") {
  const topic = `${family}/${randomUUID()}`;
  const names = Object.entries(DIALECTS).map(([name, { channel }]) => [name, channel(topic)]);
  return { topic, in: Object.fromEntries(names) };
}
