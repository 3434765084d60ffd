// One connection that the fault proxy carries: a client's socket, the server's, and what is done to what passes.

import { createHash } from "node:crypto";
import { connect } from "node:net";
import { FrameScanner, closeCode, closeFrame, flipped, frame, isData, TEXT, textOfClient } from "./frames.mjs";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 section 1.3

/** A frame with a reserved opcode and all reserved bits (RFC 6455 section 5.2). */
const NONSENSE = Buffer.from([0xff, 0x05, 1, 2, 3, 4, 5]);

/** The longest head of a request or an answer that is waited for. */
const HEAD_BYTES = 16 * 1024;

/** A client's connection, from its first byte to its end. */
export class Line {
  /** The request line and headers, once they are there. */
  request = null;
  isUpgrade = false;
  #proxy;
  #client;
  #server = null;
  #early = Buffer.alloc(0);
  #answer = Buffer.alloc(0);
  #scanner = null;
  #frames = 0;
  #flips = 0;
  #nonsense = false;
  #stalled = false;
  #done = false; // Answered or cut here: its server is not to be asked any more.
  #down; // What goes to the client.
  #up; // What goes to the server.

  constructor(proxy, client) {
    this.#proxy = proxy;
    this.#client = client;
    this.#down = new Pipe(client, () => proxy.delay, (whole) => this.#harm(whole));
    client.on("data", (bytes) => this.#fromClient(bytes));
    client.on("error", () => {});
    client.on("close", () => {
      // A client that is told to be gone by `halfOpen` leaves its server alone.
      if (!this.#server?.leftAlone) this.#server?.destroy();
      this.#proxy.ended(this);
    });
  }

  #fromClient(bytes) {
    if (this.#stalled) return;
    if (this.#up) return this.#up.write(bytes);
    this.#early = Buffer.concat([this.#early, bytes]);
    const end = this.#early.indexOf("\r\n\r\n");
    if (end < 0) {
      if (this.#early.length > HEAD_BYTES) this.reset();
      return;
    }
    if (this.request !== null) return; // Held before its server is asked.
    this.request = this.#early.subarray(0, end).toString("latin1");
    this.isUpgrade = /^upgrade:\s*websocket\s*$/im.test(this.request);
    this.#proxy.asked(this);
  }

  /** Connects to the server and carries from now on. */
  carry() {
    const server = connect(this.#proxy.target);
    this.#server = server;
    server.setNoDelay(true);
    this.#up = new Pipe(server, () => this.#proxy.delay);
    this.#up.write(this.#early);
    server.on("data", (bytes) => this.#fromServer(bytes));
    server.on("error", () => {});
    server.on("end", () => this.#stalled || this.#down.end());
    server.on("close", () => this.#stalled || this.#down.end());
  }

  #fromServer(bytes) {
    if (this.#stalled) return;
    if (this.#scanner !== null) return this.#carryFrames(bytes);
    if (this.#answer === null) return this.#down.write(bytes);
    this.#answer = Buffer.concat([this.#answer, bytes]);
    const end = this.#answer.indexOf("\r\n\r\n");
    if (end < 0) return;
    const [head, rest] = [this.#answer.subarray(0, end + 4), this.#answer.subarray(end + 4)];
    this.#answer = null;
    if (!head.subarray(0, 12).toString("latin1").endsWith(" 101")) {
      return this.#down.write(Buffer.concat([head, rest]));
    }
    if (this.#proxy.holdAfter === "handshake") this.hold();
    this.#down.write(head);
    this.#scanner = new FrameScanner();
    if (this.#nonsense) this.#down.write(NONSENSE);
    if (this.#proxy.holdAfter === 0) this.hold();
    this.#carryFrames(rest);
  }

  #carryFrames(bytes) {
    for (const whole of this.#scanner.push(bytes)) {
      const code = closeCode(whole);
      if (code !== null) this.#proxy.closes.push(code);
      this.#down.writeFrame(whole);
      this.#frames += 1;
      if (this.#frames === this.#proxy.holdAfter) this.hold();
    }
  }

  /** What becomes of a frame on its way to the client, at the moment it goes. */
  #harm(whole) {
    if (this.#flips === 0 || !isData(whole)) return whole;
    this.#flips -= 1;
    this.#proxy.bit();
    return flipped(whole);
  }

  /** Keeps what is for the client until `release`. */
  hold() {
    this.#down.hold();
    this.#proxy.held(this);
  }

  /** Lets go what was held, and asks the server what it was not yet asked. */
  release() {
    if (this.#stalled || this.#done) return;
    this.#down.release();
    if (this.request !== null && this.#server === null && this.#scanner === null) this.carry();
  }

  /** Closes both sides in the ordinary way of TCP. */
  cut() {
    this.#done = true;
    this.#server?.end();
    this.#client.end();
    this.#client.destroySoon();
  }

  /** Resets both sides. */
  reset() {
    this.#done = true;
    this.#server?.resetAndDestroy();
    this.#client.resetAndDestroy();
  }

  /** Carries nothing more, either way, and tells nobody; the server does not hear of the client's end. */
  stall() {
    this.#stalled = true;
    this.#down.hold();
    if (this.#server === null) return;
    this.#server.leftAlone = true;
    this.#proxy.orphan(this.#server);
  }

  /** Loses the client; the server is not told. */
  halfOpen() {
    this.stall();
    this.#client.resetAndDestroy();
  }

  /** Flips the payload of the next `count` data frames for the client. */
  corrupt(count = 1) {
    this.#flips += count;
  }

  /** Says something in the server's place, where a WebSocket is open. */
  say(text) {
    if (this.#scanner === null) return false;
    this.#down.write(frame(TEXT, text));
    return true;
  }

  /** Reads nothing more from the server: the client has become a slow reader. */
  jam() {
    this.#server?.pause();
  }

  /** Reads on. */
  flow() {
    this.#server?.resume();
  }

  /** Says something in the client's place. */
  sayForClient(text) {
    this.#up?.write(textOfClient(text));
  }

  /** Says what no server may, now or as soon as the WebSocket is open. */
  sayNonsense() {
    if (this.#scanner === null) this.#nonsense = true;
    else this.#down.write(NONSENSE);
  }

  /** Answers the request in the server's place and hangs up. */
  answer(status, headers = {}) {
    this.#done = true;
    const lines = Object.entries({ "content-length": 0, connection: "close", ...headers });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    this.#client.end(`HTTP/1.1 ${status} Fault\r\n${head}\r\n`);
  }

  /** Opens the WebSocket in the server's place, under a subprotocol of the client's or another one. */
  accept(subprotocol = this.#header("sec-websocket-protocol")?.split(",")[0].trim()) {
    const key = this.#header("sec-websocket-key") ?? "";
    const accept = createHash("sha1").update(key + GUID).digest("base64");
    const named = subprotocol ? `Sec-WebSocket-Protocol: ${subprotocol}\r\n` : "";
    this.#client.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\n${named}\r\n`,
    );
    this.#scanner = new FrameScanner();
  }

  /** Sends a close frame and hangs up. */
  close(code) {
    this.#done = true;
    this.#client.end(closeFrame(code, "fault"));
  }

  #header(name) {
    return this.request?.match(new RegExp(`^${name}:\\s*(.*?)\\s*$`, "im"))?.[1];
  }
}

/** Writes to a socket in order, each piece after the delay of the moment, and nothing while it is held. */
class Pipe {
  #socket;
  #delay;
  #harm;
  #waiting = [];
  #held = false;
  #timer = null;

  constructor(socket, delay, harm) {
    this.#socket = socket;
    this.#delay = delay;
    this.#harm = harm;
  }

  write(bytes) {
    this.#push({ bytes });
  }

  writeFrame(whole) {
    this.#push({ whole });
  }

  end() {
    this.#push({});
  }

  #push(piece) {
    this.#waiting.push({ ...piece, due: performance.now() + this.#delay() });
    this.#flush();
  }

  hold() {
    this.#flush();
    this.#held = true;
  }

  release() {
    this.#held = false;
    this.#flush();
  }

  #flush() {
    while (!this.#held && this.#timer === null && this.#waiting.length > 0) {
      const wait = this.#waiting[0].due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => {
          this.#timer = null;
          this.#flush();
        }, wait);
        return;
      }
      const { bytes, whole } = this.#waiting.shift();
      if (this.#socket.destroyed) continue;
      if (whole) this.#socket.write(this.#harm(whole));
      else if (bytes) this.#socket.write(bytes);
      else this.#socket.end();
    }
  }
}
