// What is refused while the connection goes on.

import assert from "node:assert/strict";
import { newRoom } from "../dialects.mjs";
import { refusal } from "../member.mjs";

/** The connection goes on: a room that is allowed can be joined. */
async function goesOn(member) {
  await member.joins(newRoom());
}

/** The code with which a publication is refused; Pusher tells it without saying of what. */
async function publicationRefused(cell, member, said) {
  if (cell.dialect !== "pusher") return refusal(said());
  const error = member.client.next("error");
  await said();
  return (await error).code;
}

export const REFUSALS = [
  {
    name: "refused subscription",
    does: "subscribes to a room that is not allowed",
    sees: "the refusal, and the connection goes on",
    async run(cell) {
      const ann = await cell.client("ann");
      const code = await refusal(ann.joins(newRoom("closed")));
      assert.equal(code, cell.of({ native: "permission_denied", centrifugo: 103, pusher: 403 }));
      await goesOn(ann);
      return code;
    },
  },
  {
    name: "refused publication",
    does: "says something in a room where it may only listen",
    sees: "the refusal, and the connection goes on",
    async run(cell) {
      const room = newRoom("open");
      const ann = await cell.inRoom("ann", room);
      const event = cell.dialect === "pusher" ? "client-said" : undefined;
      const code = await publicationRefused(cell, ann, () => ann.says(room, 1, { event }));
      assert.equal(code, cell.of({ native: "permission_denied", centrifugo: 103, pusher: 4009 }));
      await goesOn(ann);
      return code;
    },
  },
  {
    name: "payload too large",
    does: "says more at once than the room allows",
    sees: "the refusal, and the connection goes on",
    async run(cell) {
      const room = newRoom("private-small");
      const ann = await cell.inRoom("ann", room);
      const code = await publicationRefused(cell, ann, () => ann.says(room, "x".repeat(2000)));
      await goesOn(ann);
      return code;
    },
  },
];
