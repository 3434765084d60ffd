// Builds the package: ES modules, CommonJS beside them, types for both, and one minified file for pages.

import { spawnSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { minify } from "terser";

const ENTRIES = ["src/index.ts", "src/protobuf.ts"];
const SHARED = { bundle: true, target: "es2022", logLevel: "warning" };

/** Declarations alone come from the compiler; a `.d.ts` is of the kind its nearest package.json says. */
function declare(folder) {
  const compiler = "node_modules/typescript/bin/tsc";
  const options = [compiler, "-p", "tsconfig.build.json", "--outDir", folder];
  const { status } = spawnSync(process.execPath, options, { stdio: "inherit" });
  if (status !== 0) throw new Error("the declarations cannot be made");
}

await rm("dist", { recursive: true, force: true });
await mkdir("dist");
await build({ ...SHARED, entryPoints: ENTRIES, outdir: "dist", format: "esm", sourcemap: true });
await build({
  ...SHARED,
  entryPoints: ENTRIES,
  outdir: "dist/cjs",
  format: "cjs",
  sourcemap: true,
});
await writeFile("dist/cjs/package.json", '{ "type": "commonjs" }\n');
// Fields of the session that are neither on the wire nor in the API get short names.
const INSIDE =
  "accepted advance aside attempts awaitsToken backoff contested deadline endLater endLoops eventsOf standing " +
  "expect failedPings forget goodPings granted handleTimeout hasProvider hasty heldBack " +
  "holdsBack isAsking isFallback isOver isOwed lastLink liveSince machine moveBackoff mustMove " +
  "nonsense notBefore onlyHere pending poke pollOutput pollTimeout positions refusals renewAt " +
  "restsUntil resumes retryAt settled stage subprotocol subscriptions takeAll takeDue takeEnded " +
  "takeNew takeWanted ticket timers together told unreached wish";
const mangleProps = new RegExp(`^(${INSIDE.replaceAll(" ", "|")})$`);
const page = {
  entryPoints: ["src/index.ts"],
  format: "esm",
  minify: true,
  mangleProps,
  write: false,
};
const [{ text }] = (await build({ ...SHARED, ...page })).outputFiles;
// A second look finds what the first one left.
const options = { module: true, ecma: 2020, compress: { passes: 2, sequences: false } };
await writeFile("dist/wirehub.min.js", `${(await minify(text, options)).code}\n`);
declare("dist");
declare("dist/cjs");
