// Many clients of one library in one process, which tells its parent what they do.

import { setTimeout as pause } from "node:timers/promises";
import { LIBRARIES } from "./libraries.mjs";

const [url, name, wanted] = process.argv.slice(2);
const clients = Number(wanted);
const library = LIBRARIES[name];

/** Milliseconds that all processes of this machine agree on. */
const now = () => performance.timeOrigin + performance.now();

const arrivals = [];
let live = 0;
let lastLive = 0;

for (let made = 0; made < clients; made += 1) {
  let isLive = false;
  const count = {
    arrival: () => arrivals.push(now()),
    live: (is) => {
      if (is === isLive) return;
      isLive = is;
      live += is ? 1 : -1;
      if (is) lastLive = now();
    },
  };
  await library.make(`${url}?dialect=${library.dialect}`, count);
  if (made % 20 === 19) await pause(10);
}

process.on("message", ({ order }) => {
  if (order === "report") process.send({ arrivals, live, lastLive });
  else if (order === "count") process.send({ live });
});
process.on("disconnect", () => process.exit(0));
process.on("unhandledRejection", (error) => {
  throw error;
});
process.send({ made: clients });
