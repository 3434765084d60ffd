/** A WebSocket in the hands of a test. */
export class FakeSocket {
  /** All that were made, the newest last. */
  static made: FakeSocket[] = [];
  /** Makes the constructor throw, as a page's policy does. */
  static forbidden: string | undefined;

  static get last(): FakeSocket {
    const last = FakeSocket.made.at(-1);
    if (last === undefined) throw new Error("no WebSocket was made");
    return last;
  }

  static reset(): void {
    FakeSocket.made = [];
    FakeSocket.forbidden = undefined;
  }

  readonly url: string;
  readonly protocols: string[];
  protocol = "";
  readyState = 0;
  binaryType = "blob";
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onclose: ((event: { code: number; reason: string }) => void) | undefined;
  onerror: (() => void) | undefined;
  /** What the client said. */
  sent: Record<string, unknown>[] = [];
  /** With what the client closed it. */
  closedWith: [number | undefined, string | undefined] | undefined;

  constructor(url: string, protocols: string[]) {
    if (FakeSocket.forbidden !== undefined) throw new Error(FakeSocket.forbidden);
    this.url = url;
    this.protocols = protocols;
    FakeSocket.made.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code?: number, reason?: string): void {
    this.readyState = 2;
    this.closedWith = [code, reason];
  }

  // What the test does as the server.

  open(protocol = this.protocols[0] ?? ""): void {
    this.protocol = protocol;
    this.readyState = 1;
    this.onopen?.();
  }

  say(message: unknown): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  lose(code = 1006, reason = ""): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }

  /** Opens it and lets the client in. */
  welcome(fields: Record<string, unknown> = {}): void {
    this.open();
    const id = this.of("connect")?.id;
    const heartbeat = { interval: 25, timeout: 7.5 };
    this.say({ type: "welcome", id, connection: "c_1", user: "u1", heartbeat, ...fields });
  }

  /** The newest request of a type. */
  of(type: string): Record<string, unknown> | undefined {
    return this.sent.filter((message) => message.type === type).at(-1);
  }

  /** Answers the newest request of a type. */
  answer(type: string, fields: Record<string, unknown> = {}): void {
    this.say({ type: "ok", id: this.of(type)?.id, ...fields });
  }
}
