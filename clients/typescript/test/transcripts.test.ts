/** Replays `clients/transcripts`; the Rust session replays the same files. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Input, Output, SessionOptions } from "../src/session/interface.js";
import { Session } from "../src/session/session.js";

const folder = new URL("../../transcripts/", import.meta.url);

interface Head {
  title: string;
  options: SessionOptions;
  random: number[];
}

type Line = ({ at: number } & (Input | { in: "timeout" })) | Output | { timeout: number | null };

function replay(text: string): void {
  const [head, ...lines] = text
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== "" && !line.startsWith("#"))
    .map(({ line, number }) => ({ ...(JSON.parse(line) as object), number }));
  const { options, random } = head as unknown as Head;
  let drawn = 0;
  const session = new Session(options, () => random[drawn++ % random.length] ?? 0);
  let spoken: unknown[] = [];
  const drain = (): void => {
    for (let one = session.pollOutput(); one !== undefined; one = session.pollOutput())
      spoken.push(JSON.parse(JSON.stringify(one)));
  };
  for (const { number, ...line } of lines as unknown as (Line & { number: number })[]) {
    if ("in" in line) {
      expect(spoken, `before line ${number}`).toEqual([]);
      const { at, ...input } = line as { at: number } & Input;
      if ((input.in as string) === "timeout") session.handleTimeout(at);
      else session.handle(at, input);
      drain();
    } else if ("timeout" in line) {
      expect(session.pollTimeout() ?? null, `line ${number}`).toEqual(line.timeout);
    } else {
      expect(spoken[0], `line ${number}`).toEqual(line);
      spoken = spoken.slice(1);
    }
  }
  expect(spoken, "at the end").toEqual([]);
}

for (const name of readdirSync(folder).filter((file: string) => file.endsWith(".jsonl"))) {
  test(name, () => replay(readFileSync(new URL(name, folder), "utf8")));
}
