// Every library speaks in one room, and every library hears it there: what arrives is what docs/dialects.md says.

import { isDeepStrictEqual } from "node:util";
import { Cell } from "./cell.mjs";
import { newRoom } from "./dialects.mjs";

/** What is said, where a library has words for it. */
const SAID = [
  { data: { n: 1.5, deep: [true, null, { list: [] }] } },
  { data: "a text" },
  { data: { text: "Åse 北京 🚚 \"'\\\n" } },
  { data: "5" },
  { binary: Buffer.from([0, 255, 7, 128]).toString("base64") },
  { data: "named", event: "said" },
  { data: "named by a client", event: "client-said" },
];

/** How what is heard differs from what was said; the letters of the document. */
export const DIFFERENCES = {
  b: {
    means: "bytes are base64 in a string",
    is: (said, heard) => said.binary !== undefined && heard.data === said.binary,
  },
  j: { means: 'the text `"5"` is the number 5', is: (said, heard) => said.data === "5" && heard.data === 5 },
  m: {
    means: "what was said without a name has one, `message` or `client-message`",
    is: (said, heard) => said.event === undefined && heard.event !== undefined,
  },
  u: {
    means: "whose client spoke is told only with names that begin with `client-`",
    is: (said, heard) => said.user !== undefined && heard.user === undefined,
  },
};

/** Whether a library can say this: `lacks` in `libraries.mjs`. */
function canSay({ lacks = [] }, { binary, event }) {
  if (binary !== undefined) return !lacks.includes("bytes");
  if (event === undefined) return true;
  return !lacks.includes("names") && (event.startsWith("client-") || !lacks.includes("names of servers"));
}

/** What has to be heard, by the rules of docs/dialects.md. */
export function expected(from, to, said) {
  let { data, binary, event, user } = said;
  let encoding;
  if (from.dialect === "pusher") {
    event ??= from.isServer ? "message" : "client-message";
    // A text that is JSON is that value.
    if (data === "5") data = 5;
  }
  if (to.dialect === "pusher") {
    event ??= "message";
    if (!event.startsWith("client-")) user = undefined;
  }
  if (binary !== undefined && to.hearsText) {
    [data, binary] = [binary, undefined];
    if (to.dialect === "centrifugo") encoding = "base64";
  }
  return defined({ data, binary, event, user, encoding });
}

const defined = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** All pairs: each gets the letters of its differences, or what is wrong. */
export async function pairs(speakers, hearers, hub) {
  const room = newRoom("presence-room");
  const cells = [];
  const join = async (library, name) => {
    const cell = new Cell(library, library.running, hub);
    cells.push(cell);
    return library.isServer ? cell.client(name) : cell.inRoom(name, room);
  };
  const listening = await Promise.all(hearers.map(async (to) => ({ to, member: await join(to, "hearer") })));
  const measured = [];
  for (const from of speakers) {
    const speaker = await join(from, "speaker");
    const here = listening.map(({ to, member }) => ({ from, to, member, letters: new Set(), wrong: [] }));
    for (const said of SAID.filter((one) => canSay(from, one))) {
      await speaker.asks("publish", room, said);
      const whole = from.isServer ? said : { ...said, user: speaker.user };
      for (const pair of here) await hear(pair, room, whole);
    }
    // Its own publications come to no other client of the pairs.
    await speaker.client.do("stop");
    measured.push(...here);
  }
  for (const cell of cells) await cell.end();
  return measured.map(({ from, to, letters, wrong }) => ({ from, to, letters: [...letters].sort().join(""), wrong }));
}

async function hear({ from, to, member, letters, wrong }, room, said) {
  const next = member.client.next("heard").catch(({ message }) => ({ data: message }));
  const { tells: _, ...heard } = await next;
  const rule = { channel: room.in[to.dialect], ...expected(from, to, said) };
  if (!isDeepStrictEqual(defined(heard), rule)) {
    wrong.push(`${JSON.stringify(heard)} was heard, not ${JSON.stringify(rule)}`);
  }
  for (const [letter, { is }] of Object.entries(DIFFERENCES)) if (is(said, heard)) letters.add(letter);
}
