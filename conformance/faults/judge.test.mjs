// The judge names what is wrong, and passes what is right: node --test conformance/faults/judge.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "./judge.mjs";

const LIVE = { state: "live" };
const RIGHT = [
  { message: { n: 1 } },
  { message: { own: 1 } },
  { message: { n: 2 } },
  { direct: { n: 1 } },
  { answered: 1, ok: true },
];

/** The judge's sentences on what a client said; all of it was sent. */
function judge(said, { ends = LIVE, ...rest } = {}) {
  const agent = { complaints: "", all: (kind) => said.filter((line) => kind in line) };
  const sent = { published: 2, directed: 1, own: 1 };
  return faults({ agent, sent, peak: 3, exit: 0, ends, ...rest });
}

test("a client that heard everything once and in order is right", () => {
  assert.deepEqual(judge(RIGHT), []);
});

test("what is missing, doubled or out of order is named", () => {
  assert.match(judge(RIGHT.slice(1))[0], /after publication the beginning came 2, not 1/);
  assert.match(judge([...RIGHT, { message: { n: 2 } }])[0], /after publication 2 came 2, not 3/);
  assert.match(judge(RIGHT.filter(({ message }) => message?.n !== 2))[0], /1 of 2 publications did not come/);
  assert.match(judge(RIGHT.filter(({ direct }) => !direct))[0], /1 of 1 direct messages did not come/);
});

test("its own publications are judged by what it was told", () => {
  const without = (kind) => RIGHT.filter((line) => !(kind in line) && line.message?.own === undefined);
  assert.match(judge([...without("answered"), { answered: 1, ok: true }])[0], /acknowledged and never came/);
  assert.deepEqual(judge([...without("answered"), { answered: 1, code: "timeout" }]), []);
  assert.match(judge(RIGHT.filter((line) => !("answered" in line)))[0], /was never answered/);
  assert.match(judge([...RIGHT, { message: { own: 1 } }])[0], /came 2 times/);
});

test("gaps, noise, a bad end and a storm are named", () => {
  assert.match(judge([...RIGHT, { gap: true }])[0], /a gap was reported/);
  assert.match(judge([...RIGHT, { unhandled: "oh" }])[0], /not handled: oh/);
  assert.match(judge(RIGHT, { exit: "SIGKILL" })[0], /ended with SIGKILL/);
  assert.match(judge(RIGHT, { peak: 9 })[0], /9 connections were opened within a second/);
});

test("a client that stopped for good may have heard less, but nothing wrong", () => {
  const ends = { state: "stopped", cause: "kicked" };
  assert.deepEqual(judge(RIGHT.filter(({ message }) => message?.n !== 2), { ends }), []);
  assert.match(judge(RIGHT.slice(1), { ends })[0], /not 1/);
});
