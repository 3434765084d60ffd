import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Stands before the server and cuts what it carries when told to. */
export class Cutter {
  /** What happens to new connections; `no_upgrade` resets those that ask for a WebSocket. */
  mode: "carry" | "refuse" | "no_upgrade" = "carry";
  readonly #target: { host: string; port: number };
  readonly #open = new Set<Socket>();
  readonly #server: Server;

  private constructor(target: URL) {
    this.#target = { host: target.hostname, port: Number(target.port) };
    this.#server = createServer((client) => this.#accept(client));
  }

  static async before(address: string): Promise<Cutter> {
    const cutter = new Cutter(new URL(address));
    cutter.#server.listen(0, "127.0.0.1");
    await once(cutter.#server, "listening");
    return cutter;
  }

  /** Where clients connect. */
  get url(): string {
    const address = this.#server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    return `ws://127.0.0.1:${port}/ws`;
  }

  /** Resets everything that is open. */
  cut(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  /** Carries nothing more over what is open, without a word. */
  stall(): void {
    for (const socket of this.#open) {
      socket.unpipe();
      socket.pause();
    }
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #accept(client: Socket): void {
    this.#keep(client);
    if (this.mode === "refuse") {
      client.resetAndDestroy();
      return;
    }
    client.once("data", (first) => {
      if (this.mode === "no_upgrade" && /upgrade: websocket/i.test(first.toString("latin1"))) {
        client.resetAndDestroy();
        return;
      }
      const server = connect(this.#target);
      this.#keep(server);
      server.write(first);
      client.pipe(server);
      server.pipe(client);
      server.on("close", () => client.destroy());
      client.on("close", () => server.destroy());
    });
  }

  #keep(socket: Socket): void {
    this.#open.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => this.#open.delete(socket));
  }
}
