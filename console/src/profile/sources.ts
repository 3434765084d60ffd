// The profiles that a hub offers.

import { ask } from "../hub/ask";
import { Problem } from "../hub/problem";
import { type Profile, readProfile } from "./pprof";

export interface Source {
  readonly name: string;
  readonly path: string;
  /** What it shows. */
  readonly about: string;
  /** How long taking it lasts, in seconds; `undefined` when it shows a moment. */
  readonly seconds?: number;
}

export const SOURCES: readonly Source[] = [
  {
    name: "cpu",
    path: "/debug/pprof/profile?seconds=5",
    about: "where processor time goes, sampled for five seconds",
    seconds: 5,
  },
  { name: "heap", path: "/debug/pprof/heap", about: "who holds the memory in use" },
  { name: "allocs", path: "/debug/pprof/allocs", about: "who asked for memory since the start" },
  { name: "threads", path: "/debug/pprof/threads", about: "where every thread is at this moment" },
];

export async function takeProfile({ path }: Source): Promise<Profile> {
  const answer = await ask(path);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  try {
    return await readProfile(bytes);
  } catch {
    throw new Problem(answer.status, "what came is no profile");
  }
}
