// A product that uses Pusher: its backend with the server library, its pages with pusher-js.

import { once } from "node:events";
import PusherServer from "pusher";
import PusherClient from "pusher-js";
import WebSocket from "ws";

const { WIREHUB_TEST_PUBLIC: publicAddress, WIREHUB_TEST_ADMIN: adminAddress } = process.env;

const TIMEOUT_MS = 10_000;

/** The apps of `SETTINGS` in `xtask/src/conform/interop.rs`. */
export const APP = { id: "1001", key: "key-1", secret: "conformance-app-secret-1" };
export const SCOPED = { id: "1002", key: "key-2", secret: "conformance-app-secret-2" };

const at = new URL(publicAddress);
const admin = new URL(adminAddress);
const open = new Set();

/** The backend's library, for an app. */
export function backend(app = APP) {
  return new PusherServer({
    appId: app.id,
    key: app.key,
    secret: app.secret,
    host: admin.hostname,
    port: admin.port,
    useTLS: false,
    encryptionMasterKeyBase64: Buffer.alloc(32, 7).toString("base64"),
  });
}

/** A page of a user, whose backend signs what it asks for. */
export function page(user, { app = APP, sign = signed, watchlist } = {}) {
  const server = backend(app);
  const client = new PusherClient(app.key, {
    wsHost: at.hostname,
    wsPort: at.port,
    forceTLS: false,
    enabledTransports: ["ws"],
    cluster: "none",
    channelAuthorization: {
      customHandler: ({ socketId, channelName }, answer) => {
        answer(null, sign(server, socketId, channelName, user));
      },
    },
    userAuthentication: {
      customHandler: ({ socketId }, answer) => {
        answer(null, server.authenticateUser(socketId, { id: user, user_info: { name: user }, watchlist }));
      },
    },
  });
  open.add(client);
  return client;
}

/** What an honest backend says about a channel. */
export function signed(server, socketId, channel, user) {
  const member = { user_id: user, user_info: { name: user } };
  const isPresence = channel.startsWith("presence-");
  return server.authorizeChannel(socketId, channel, isPresence ? member : undefined);
}

/** Ends every page: a check that failed halfway must not keep the process alive. */
export function closeAll() {
  for (const client of open) client.disconnect();
  // Where it was refused, the library leaves timers of half a minute behind.
  setTimeout(() => process.exit(), 1000).unref();
}

/** A page that is connected. */
export async function connected(user, options) {
  const client = page(user, options);
  await happens(client.connection, "connected");
  return client;
}

/** A channel that a page hears. */
export async function joined(client, name) {
  const channel = client.subscribe(name);
  if (!channel.subscribed) await happens(channel, "pusher:subscription_succeeded");
  return channel;
}

/** The next time something happens at a channel, a user or a connection; gives what is said. */
export function happens(emitter, event) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      emitter.unbind(event, hear);
      reject(new Error(`${event} did not happen in ${TIMEOUT_MS} ms`));
    }, TIMEOUT_MS);
    const hear = (data, metadata) => {
      clearTimeout(timer);
      emitter.unbind(event, hear);
      resolve(metadata?.user_id === undefined ? data : { data, user: metadata.user_id });
    };
    emitter.bind(event, hear);
  });
}

/** Everything of one kind that is heard from now on. */
export function heard(emitter, event) {
  const list = [];
  emitter.bind(event, (data) => list.push(data));
  return list;
}

/** What a socket of no library is told at a path until it is closed, and the code. */
export async function raw(path, messages = []) {
  const socket = new WebSocket(new URL(path, publicAddress.replace("http", "ws")));
  const told = [];
  socket.on("message", (bytes) => told.push(JSON.parse(bytes.toString("utf8"))));
  const closed = once(socket, "close", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  await once(socket, "open");
  for (const message of messages) socket.send(JSON.stringify(message));
  const [code] = await closed;
  return { told, code };
}
