// A `wirehub serve` as a newcomer starts it: nothing configured, secrets for this run, a token in the banner.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Starts it, and gives its address, its token and its process. */
export async function startTrial(binary, ...args) {
  const listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WIREHUB_")));
  const child = spawn(binary, ["serve", ...listen, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  const found = {};
  for await (const line of createInterface({ input: child.stdout })) {
    found.url ??= line.match(/^\s*clients\s+(ws:\S+)/)?.[1];
    found.token ??= line.match(/^\s*token\s+(\S+)/)?.[1];
    if (found.url && found.token) break;
  }
  const stop = async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return { ...found, child, stop };
}
