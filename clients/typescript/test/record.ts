/**
 * Fills in what a session says to the inputs of a transcript, for whoever writes one. Read what it
 * says: a transcript is a rule, not a record of whatever happens.
 *
 *     npx esbuild test/record.ts --bundle --platform=node --format=esm --outfile=/tmp/record.mjs
 *     node /tmp/record.mjs FILE
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Session } from "../src/session/session.js";

const [file] = process.argv.slice(2);
const lines = readFileSync(file!, "utf8").split("\n");
const out: string[] = [];
let session: Session | undefined;
for (const line of lines) {
  if (line.trim() === "" || line.startsWith("#")) {
    out.push(line);
    continue;
  }
  const one = JSON.parse(line);
  if ("title" in one) {
    let drawn = 0;
    session = new Session(one.options, () => one.random[drawn++ % one.random.length]);
    out.push(line);
  } else if ("in" in one) {
    out.push(line);
    const { at, ...input } = one;
    if (input.in === "timeout") session!.handleTimeout(at);
    else session!.handle(at, input);
    for (let said = session!.pollOutput(); said; said = session!.pollOutput())
      out.push(JSON.stringify(said));
  } else if ("timeout" in one) {
    out.push(JSON.stringify({ timeout: session!.pollTimeout() ?? null }));
  }
}
writeFileSync(file!, out.join("\n"));
