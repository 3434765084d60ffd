// The wire format of Protocol Buffers, as far as profiles need it.

/** What is not a message, or ends in the middle of one. */
export class WireError extends Error {}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Calls with each field's number and kind; what is not read there is passed over. */
  fields(read: (field: number) => boolean): void {
    while (!this.isAtEnd) {
      const key = this.varint();
      if (!read(Math.floor(key / 8))) this.#skip(key % 8);
    }
  }

  /** Numbers beyond 2^53 lose their last digits; profiles count nothing so large. */
  varint(): number {
    let [value, scale] = [0, 1];
    for (let count = 0; count < 10; count += 1) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new WireError("a number has no end");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new WireError("a number is too long");
  }

  /** The same for numbers that may be negative, which are written as if of 64 bits. */
  signed(): number {
    const value = this.varint();
    return value >= 2 ** 63 ? value - 2 ** 64 : value;
  }

  bytes(): Uint8Array {
    const length = this.varint();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new WireError("a field is longer than its message");
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  message(): Reader {
    return new Reader(this.bytes());
  }

  /** Numbers one behind the other, in one field. */
  packed(): number[] {
    const inner = this.message();
    const numbers: number[] = [];
    while (!inner.isAtEnd) numbers.push(inner.signed());
    return numbers;
  }

  #skip(kind: number): void {
    if (kind === VARINT) this.varint();
    else if (kind === FIXED64) this.#at += 8;
    else if (kind === BYTES) this.bytes();
    else if (kind === FIXED32) this.#at += 4;
    else throw new WireError(`there is no kind ${kind} of fields`);
  }
}
