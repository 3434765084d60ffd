// The product's backend in this example: it serves the page and vouches for whoever asks.
//
//   npm ci && node backend.mjs          then open http://127.0.0.1:3000

import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

// Those of wirehub.toml.
const TOKEN_SECRET = "a secret to try three libraries with";
const APP = { key: "room", secret: "another secret to try with" };

const HTML = "text/html; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";
const FILES = {
  "/": ["index.html", HTML],
  "/room.css": ["room.css", "text/css; charset=utf-8"],
  "/room.js": ["room.js", SCRIPT],
  "/speakers.js": ["speakers.js", SCRIPT],
  "/centrifuge.js": ["node_modules/centrifuge/dist/centrifuge.js", SCRIPT],
  "/pusher.js": ["node_modules/pusher-js/dist/web/pusher.min.js", SCRIPT],
};

const sign = (secret, text, encoding) => createHmac("sha256", secret).update(text).digest(encoding);
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token for the native client and for that of Centrifugo: the room and nothing else. */
function token(user) {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const rooms = ["presence-rooms/+"];
  const may = { subscribe: rooms, publish: rooms, presence: rooms, history: rooms };
  const message = `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url({ sub: user, exp, ...may })}`;
  return `${message}.${sign(TOKEN_SECRET, message, "base64url")}`;
}

/** What pusher-js has to bring to a presence channel. */
function authorize(user, socket, channel) {
  const channel_data = JSON.stringify({ user_id: user, user_info: {} });
  return { auth: `${APP.key}:${sign(APP.secret, `${socket}:${channel}:${channel_data}`, "hex")}`, channel_data };
}

const QUESTIONS = {
  "/hub": () => ({ hub: process.env.HUB ?? "http://127.0.0.1:8000", key: APP.key }),
  "/token": ({ user }) => ({ token: token(user) }),
  "/authorize": ({ user, socket, channel }) => authorize(user, socket, channel),
};

export const backend = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://backend");
  const question = QUESTIONS[pathname];
  if (question !== undefined) {
    const answer = JSON.stringify(question(Object.fromEntries(searchParams)));
    response.writeHead(200, { "content-type": "application/json" }).end(answer);
    return;
  }
  const [file, type] = FILES[pathname] ?? [];
  if (file === undefined) return void response.writeHead(404).end();
  try {
    const bytes = await readFile(new URL(file, import.meta.url));
    response.writeHead(200, { "content-type": type }).end(bytes);
  } catch {
    response.writeHead(500).end(`${file} is missing: run \`npm ci\` in this folder\n`);
  }
});

backend.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`open http://127.0.0.1:${backend.address().port}`);
});
