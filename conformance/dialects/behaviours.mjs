// What the matrix tries with every library. A behaviour has
//
//   name, does, sees   what it is called, what is done and what has to be seen, as the document says it; a close reason
//                      says itself what is done
//   run(cell)          does it and asserts what is seen; may give a note for the document: a code, as a rule
//   isAlone            it is run while no other one is
//   lacks              dialects that cannot express it: `why`, and `run(cell)`, which shows what happens instead
//
// A behaviour is run with every library, so no cell of the document is a promise.

import { ENDS } from "./behaviours/ends.mjs";
import { LIMITS } from "./behaviours/limits.mjs";
import { MEMBERS } from "./behaviours/members.mjs";
import { MEMORY } from "./behaviours/memory.mjs";
import { CLOSE_REASONS } from "./behaviours/reasons.mjs";
import { REFUSALS } from "./behaviours/refusals.mjs";
import { ROOMS } from "./behaviours/rooms.mjs";
import { SERVERS } from "./behaviours/servers.mjs";
import { TOKENS } from "./behaviours/tokens.mjs";

/** In the order of the document. */
export const BEHAVIOURS = [
  ...ROOMS,
  ...MEMBERS,
  ...MEMORY,
  ...SERVERS,
  ...TOKENS,
  ...REFUSALS,
  ...LIMITS,
  ...ENDS,
  ...CLOSE_REASONS,
];
