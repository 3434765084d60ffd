// Both codecs replay the transcripts of the protocol: what the client writes, what it reads.

import { describe, expect, test } from "vitest";
import { json } from "../src/codec/json.js";
import { protobuf } from "../src/codec/protobuf/codec.js";
import { read } from "../src/codec/protobuf/reader.js";
import { CLIENT_MESSAGE } from "../src/codec/protobuf/schema.js";
import { steps } from "./transcripts_of_the_protocol.js";

const all = steps().filter((step) => !step.isRefused);

/** A message as plain JSON: bytes in base64, and without `null` where it says nothing. */
function plain(message: unknown): unknown {
  return JSON.parse(
    JSON.stringify(message, (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
    ),
  );
}

/** What a request in Protobuf means: writers may order fields and spell numbers as they like. */
function meaning(bytes: Uint8Array<ArrayBuffer>): unknown {
  const fields = read(CLIENT_MESSAGE, bytes);
  return JSON.parse(
    JSON.stringify(fields, (name, value) => {
      if (name === "json")
        return JSON.parse(Buffer.from(Object.values(value as object)).toString());
      // 100 is the limit when there is none.
      return name === "limit" && value === 100 ? undefined : value;
    }),
    // `data` of null says the same as none.
    (_, value) => (JSON.stringify(value) === '{"json":null}' ? undefined : value),
  );
}

describe("what the server says", () => {
  const said = all.filter(({ direction }) => direction === "<");
  test("there are transcripts", () => expect(said.length).toBeGreaterThan(50));
  for (const step of said) {
    const { json: text, protobuf: bytes } = step;
    if (text === undefined || bytes === undefined) continue;
    test(step.name, () => {
      const fromJson = json.decode(text);
      expect(protobuf.decode(bytes)).toEqual(fromJson);
      // And nothing was lost in reading it.
      expect(plain(fromJson)).toEqual(JSON.parse(text));
    });
  }
});

describe("what the client says", () => {
  const said = all.filter(({ direction }) => direction === ">");
  test("there are transcripts", () => expect(said.length).toBeGreaterThan(30));
  for (const step of said) {
    const { json: text, protobuf: bytes } = step;
    if (text === undefined || bytes === undefined) continue;
    test(step.name, () => {
      const message = json.decode(text);
      expect(meaning(protobuf.encode(message as never) as typeof bytes)).toEqual(meaning(bytes));
      expect(JSON.parse(json.encode(message as never) as string)).toEqual(JSON.parse(text));
    });
  }
});

describe("what is no message", () => {
  test.each(["", "hello", "[]", "null", "7", '{"type":7}', '{"data":1}'])("json %j", (text) => {
    expect(() => json.decode(text)).toThrow();
  });

  test("the other kind of payload", () => {
    expect(() => json.decode(new Uint8Array(2))).toThrow("bytes came");
    expect(() => protobuf.decode("{}")).toThrow("text came");
  });

  test("messages that end too early throw or mean less, and never hang", () => {
    for (const { protobuf: bytes, direction } of all) {
      if (bytes === undefined || direction !== "<") continue;
      for (let length = 0; length < bytes.length; length++) {
        try {
          expect(protobuf.decode(bytes.slice(0, length))).toHaveProperty("type");
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Error);
        }
      }
    }
  });

  test("a number without an end, a wire type of old", () => {
    expect(() => protobuf.decode(new Uint8Array(12).fill(0xff))).toThrow("does not end");
    expect(() => protobuf.decode(Uint8Array.of(0x0b))).toThrow("wire type 3");
  });

  test("fields and messages of later versions are skipped", () => {
    // Field 100 as a number, then an envelope of field 99.
    expect(protobuf.decode(Uint8Array.of(0xa0, 0x06, 0x05, 0x9a, 0x06, 0x01, 0x00))).toEqual({
      type: "unknown",
    });
  });
});
