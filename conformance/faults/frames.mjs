// WebSocket frames (RFC 6455 section 5.2) as the fault proxy sees and makes them: unmasked, from the server.

export const TEXT = 1;
export const CLOSE = 8;

/** Cuts what a server sends after its handshake into whole frames. */
export class FrameScanner {
  #rest = Buffer.alloc(0);

  /** Takes bytes and gives the frames that are whole by now. */
  push(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames = [];
    for (;;) {
      const length = frameLength(this.#rest);
      if (length === null || this.#rest.length < length) return frames;
      frames.push(this.#rest.subarray(0, length));
      this.#rest = this.#rest.subarray(length);
    }
  }
}

/** Length of the header, 0 while too little of it is there. */
function headerLength(bytes) {
  if (bytes.length < 2) return 0;
  const size = bytes[1] & 0x7f;
  const length = size < 126 ? 2 : size === 126 ? 4 : 10;
  return bytes.length < length ? 0 : length;
}

function frameLength(bytes) {
  const header = headerLength(bytes);
  if (header === 0) return null;
  if (header === 2) return header + (bytes[1] & 0x7f);
  return header + (header === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)));
}

/** One whole frame of up to 65535 bytes. */
export function frame(opcode, payload) {
  const bytes = Buffer.from(payload);
  const header = bytes.length < 126 ? Buffer.alloc(2) : Buffer.alloc(4);
  header[0] = 0x80 | opcode;
  if (bytes.length < 126) header[1] = bytes.length;
  else {
    header[1] = 126;
    header.writeUInt16BE(bytes.length, 2);
  }
  return Buffer.concat([header, bytes]);
}

/** A close frame with its code and reason (section 5.5.1). */
export function closeFrame(code, reason = "") {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return frame(CLOSE, Buffer.concat([head, Buffer.from(reason)]));
}

/** What a client says in one text frame, masked with zeros (section 5.3), so that the payload stands as it is. */
export function textOfClient(text) {
  const [head, ...rest] = frame(TEXT, text).values();
  const length = rest.length - Buffer.byteLength(text);
  const masked = [head, rest[0] | 0x80, ...rest.slice(1, length), 0, 0, 0, 0];
  return Buffer.concat([Buffer.from(masked), Buffer.from(text)]);
}

/** The code of a close frame from a server; null for other frames, and for one that gives none. */
export function closeCode(whole) {
  const isClose = (whole[0] & 0x0f) === CLOSE && (whole[1] & 0x7f) >= 2;
  return isClose ? whole.readUInt16BE(2) : null;
}

/** The same frame with every byte of its payload flipped: no JSON, no text, and nothing that inflates. */
export function flipped(whole) {
  const copy = Buffer.from(whole);
  for (let index = headerLength(copy); index < copy.length; index += 1) copy[index] ^= 0xff;
  return copy;
}

/** Whether a frame carries data, and is no ping, pong or close. */
export function isData(whole) {
  return (whole[0] & 0x0f) < 8;
}
