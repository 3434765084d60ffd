import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../../crates/wirehub-protocol/testdata/native/", import.meta.url);

/** One message in both encodings, where both can say it. */
export interface Step {
  name: string;
  /** `>` from the client, `<` from the server. */
  direction: string;
  json: string | undefined;
  protobuf: Uint8Array<ArrayBuffer> | undefined;
  /** The server refuses it. */
  isRefused: boolean;
}

/** The steps of every file. */
export function steps(): Step[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".txt"));
  return files.flatMap((file) => {
    const text = readFileSync(new URL(file, FOLDER), "utf8");
    return text.split(/\n\n+/).flatMap((step) => stepOf(file, step.split("\n")));
  });
}

function stepOf(file: string, lines: string[]): Step[] {
  const name = lines.find((line) => line.startsWith("# "));
  const said = lines.map((line) => /^([<>]) (json|protobuf) (.*)$/.exec(line));
  const direction = said.find((line) => line !== null)?.[1];
  if (name === undefined || direction === undefined) return [];
  const of = (encoding: string) => said.find((line) => line?.[2] === encoding)?.[3];
  const hex = of("protobuf");
  return [
    {
      name: `${file}: ${name.slice(2)}`,
      direction,
      json: of("json"),
      protobuf: hex === undefined ? undefined : Uint8Array.from(Buffer.from(hex, "hex")),
      isRefused: lines.some((line) => line.startsWith("! ")),
    },
  ];
}
