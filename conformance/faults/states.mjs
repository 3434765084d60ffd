// How a client that is live is brought into each of its states, by what a proxy lets through.

/** What a `cell` has to do before the fault begins; each ends when the client is where it is wanted. */
export const STATES = {
  /** Its handshake is not answered. */
  connecting: (cell) => stopAt(cell, "request", "connecting"),
  /** The handshake is answered, `connect` is not. */
  authenticating: (cell) => stopAt(cell, 0, "authenticating"),
  /** `welcome` has come, the answer to `resume` has not. */
  resuming: (cell) => stopAt(cell, 1, "resuming"),
  /** Nothing is wrong. */
  live: async () => {},
  /** Nobody listens, and it backs off. */
  waiting: async ({ proxy, agent }) => {
    await proxy.begin({ strike: "cut", opens: { kind: "refuse" } });
    await agent.untilState(["waiting"]);
  },
  /** The first endpoint is gone for good, and it is live on the second. */
  standby: async (cell) => {
    await cell.proxy.begin({ strike: "cut", opens: { kind: "refuse" } });
    await cell.agent.untilState(["standby"], 20_000);
    cell.proxy = cell.second;
  },
  /** The server asked it to move: the new connection is resuming, the old one is open. */
  moving: async ({ proxy }) => {
    proxy.holdAfter = 1;
    const held = proxy.next("held");
    proxy.say('{"type":"reconnect","reason":"drain","within":0}');
    await held;
  },
};

async function stopAt({ proxy, agent }, where, state) {
  await proxy.begin({ strike: "cut" });
  proxy.holdAfter = where;
  await proxy.next("held");
  await agent.untilState([state]);
}
