// Tokens for tests, signed as a backend would (RFC 7515, HS256).

import { createHmac } from "node:crypto";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token of a user that may do everything with topics under `orders/`. */
export function sign(secret, user, claims = {}) {
  const all = ["orders/#"];
  const body = {
    sub: user,
    exp: Math.floor(Date.now() / 1000) + 3600,
    subscribe: all,
    publish: all,
    presence: all,
    history: all,
    ...claims,
  };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(body)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
