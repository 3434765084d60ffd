// What the matrix judges by can say no: node --test conformance/dialects/judge.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";
import { newRoom } from "./dialects.mjs";
import { Member, hasNoWords, refusal } from "./member.mjs";
import { Client, Lacks, Refused } from "./library.mjs";
import { expected } from "./pairs.mjs";
import { exchanged, lacking, matrix, page } from "./table.mjs";

/** A client whose library answers as it is told here. */
function client(answer = { value: null }) {
  const made = new Client(({ id }) => queueMicrotask(() => made.hear({ answers: id, ...answer })));
  return made;
}

test("answers, refusals and what a library has no words for are told apart", async () => {
  assert.equal(await client({ value: 7 }).do("publish"), 7);
  assert.equal(await refusal(client({ refused: 103 }).do("publish")), 103);
  await assert.rejects(client({ refused: 103 }).do("publish"), Refused);
  await assert.rejects(refusal(client().do("publish")), /it was not refused/);
  await assert.rejects(client({ lacks: true }).do("history"), Lacks);
  await hasNoWords(client({ lacks: true }).do("history"));
  await assert.rejects(hasNoWords(client().do("history")), assert.AssertionError);
});

test("a state is reached on the way through others, but not behind the end", async () => {
  const reaches = client();
  for (const state of ["away", "connected", "away"]) reaches.hear({ tells: "state", state });
  await reaches.until("connected");
  await reaches.until("away");
  const ends = client();
  ends.hear({ tells: "state", state: "stopped", code: 3500 });
  await assert.rejects(ends.until("connected"), /it is stopped, not connected.*3500/);
});

test("the next publication is the one, or it is wrong", async () => {
  const room = newRoom();
  const [channel, other] = [room.in.centrifugo, newRoom().in.centrifugo];
  const hears = (...all) => {
    const member = new Member(client(), "centrifugo", "ann");
    for (const said of all) member.client.hear({ tells: "heard", ...said });
    return member.hears(room, 1);
  };
  assert.equal((await hears({ channel, data: 1, event: "said" })).event, "said");
  await assert.rejects(hears({ channel, data: 2 }, { channel, data: 1 }), assert.AssertionError);
  await assert.rejects(hears({ channel: other, data: 1 }, { channel, data: 1 }), assert.AssertionError);
});

test("a topic has its name in each dialect", () => {
  const { topic, in: names } = newRoom("private-room");
  const id = topic.slice("private-room/".length);
  assert.deepEqual(names, { native: topic, centrifugo: `private-room:${id}`, pusher: `private-room.${id}` });
});

test("the pairs follow the rules of the dialects", () => {
  const native = { dialect: "native" };
  const centrifugo = { dialect: "centrifugo", hearsText: true };
  const pusher = { dialect: "pusher", hearsText: true };
  const bytes = { binary: "AP8=", user: "ann" };
  assert.deepEqual(expected(native, native, bytes), bytes);
  assert.deepEqual(expected(native, centrifugo, bytes), { data: "AP8=", encoding: "base64", user: "ann" });
  assert.deepEqual(expected(native, pusher, bytes), { data: "AP8=", event: "message" });
  const named = { data: 1, event: "client-said", user: "ann" };
  assert.deepEqual(expected(native, pusher, named), named);
  assert.deepEqual(expected(pusher, native, { data: "5", user: "ann" }), { data: 5, event: "client-message", user: "ann" });
  assert.deepEqual(expected({ ...pusher, isServer: true }, pusher, { data: "5" }), { data: 5, event: "message" });
});

const LIBRARIES = ["one", "two"].map((name) => ({ name, dialect: "centrifugo" }));
const BEHAVIOUR = { name: "kick", does: "is kicked", sees: "it stops" };
const cell = (library, more) => ({ library: LIBRARIES[library], behaviour: BEHAVIOUR, ...more });

test("a cell shows what was measured", () => {
  const last = (...cells) => matrix(cells, "what is done").split("\n").at(-1);
  assert.equal(last(cell(0, { note: 3503 }), cell(1, {})), "| **kick**: is kicked | it stops | ✓ `3503` | ✓ |");
  assert.match(last(cell(0, { wrong: ["no"] }), cell(1, { isLacking: true })), /\| ✗ \| – \|$/);
});

test("what all libraries of a dialect lack, the dialect lacks", () => {
  const lacks = { isLacking: true, why: "so it is" };
  const last = (...cells) => lacking(cells).split("\n").at(-1);
  assert.equal(last(cell(0, lacks), cell(1, lacks)), "| kick | Centrifugo | so it is |");
  assert.equal(last(cell(0, lacks), cell(1, {})), "| kick | one | so it is |");
});

test("a pair shows its differences, and a wrong one is wrong", () => {
  const [from, to] = LIBRARIES;
  const shown = (pair) => exchanged([{ from, to, letters: "", wrong: [], ...pair }]);
  assert.match(shown({ letters: "b" }), /\| one \| +\| ✓ b \|[^]*\*\*b\*\*: bytes/);
  assert.match(shown({ letters: "b", wrong: ["no"] }), /\| one \| +\| ✗ \|/);
});

test("a document without marks is refused", () => {
  assert.throws(() => page("no marks", [cell(0, {})], []), /the document has no lines/);
});
