import type { Field, Schema } from "./schema.js";

/** A message, its fields by their names. */
export type Fields = Record<string, unknown>;

const encoder = new TextEncoder();

/** Writes a message as Protobuf (https://protobuf.dev/programming-guides/encoding/). */
export function write(schema: Schema, fields: Fields): Uint8Array<ArrayBuffer> {
  const out = new Output();
  for (const field of schema.fields) {
    const value = fields[field.name];
    for (const one of field.isRepeated ? ((value ?? []) as unknown[]) : [value]) {
      if (one !== undefined && one !== null) out.field(field, one);
    }
  }
  return out.bytes;
}

/** Bytes that grow. */
class Output {
  #buffer = new Uint8Array(64);
  #length = 0;

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  field(field: Field, value: unknown): void {
    const { inner, isExplicit, number, scalar } = field;
    if (inner !== undefined) {
      this.#run(number, write(inner, value as Fields));
    } else if (scalar === "string" || scalar === "bytes") {
      const bytes = typeof value === "string" ? encoder.encode(value) : (value as Uint8Array);
      if (isExplicit || bytes.length > 0) this.#run(number, bytes);
    } else if (isExplicit || value !== 0) {
      if (scalar === "double") this.#double(number, Number(value));
      else if (isExplicit || Number(value) !== 0) this.#uint(number, Number(value));
    }
  }

  #run(number: number, bytes: Uint8Array): void {
    this.#varint(number * 8 + 2);
    this.#varint(bytes.length);
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #double(number: number, value: number): void {
    this.#varint(number * 8 + 1);
    this.#room(8);
    new DataView(this.#buffer.buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  #uint(number: number, value: number): void {
    this.#varint(number * 8);
    this.#varint(value);
  }

  /** Up to 2^53: bits cannot be shifted beyond 32, so it divides. */
  #varint(value: number): void {
    this.#room(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  #room(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = new Uint8Array((this.#length + count) * 2);
    larger.set(this.bytes);
    this.#buffer = larger;
  }
}
