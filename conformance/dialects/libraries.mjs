// The libraries of the matrix:
//
//   name, dialect, command   what it is called in the document, what it speaks, what runs it
//   id                       where a behaviour names it, since it differs from others of its dialect
//   options                  what makes it quick enough to watch, in its own words
//   patient                  what makes it wait for long while it hears nothing
//   hearsText                it hears bytes as text
//   lacks                    what it has no words for: "bytes", "names" of what is said, "names of servers"

const {
  WIREHUB_TEST_PYTHON: python,
  WIREHUB_TEST_PYTHON_CENTRIFUGE: pythonOfCentrifuge,
  WIREHUB_TEST_RUST_AGENT: rustAgent,
} = process.env;

const agent = (name) => new URL(`agents/${name}`, import.meta.url).pathname;
const node = (name, ...args) => ["node", agent(name), ...args];

/** How much later than promised the server's ping may come, before a connection counts as dead. */
const OF_CENTRIFUGE = { options: { maxServerPingDelay: 2_000 }, patient: { maxServerPingDelay: 30_000 } };
const OF_PYTHON = { options: { max_server_ping_delay: 2 }, patient: { max_server_ping_delay: 30 } };

/** Libraries whose clients hear and speak: the columns of the matrix. */
export const CLIENTS = [
  { name: "`@wirehub/client`", dialect: "native", command: node("typescript.mjs") },
  { name: "`@wirehub/client`, Protobuf", dialect: "native", command: node("typescript.mjs", "protobuf") },
  { name: "`wirehub-client` (Rust)", dialect: "native", command: [rustAgent] },
  {
    name: "`centrifuge`",
    dialect: "centrifugo",
    command: node("centrifuge.mjs"),
    ...OF_CENTRIFUGE,
    hearsText: true,
    lacks: ["bytes", "names"],
  },
  {
    name: "`centrifuge`, Protobuf",
    dialect: "centrifugo",
    command: node("centrifuge.mjs", "protobuf"),
    ...OF_CENTRIFUGE,
    lacks: ["names"],
  },
  {
    id: "python",
    name: "`centrifuge-python`",
    dialect: "centrifugo",
    command: [pythonOfCentrifuge, agent("centrifuge_python.py")],
    ...OF_PYTHON,
    hearsText: true,
    lacks: ["bytes", "names"],
  },
  {
    id: "python",
    name: "`centrifuge-python`, Protobuf",
    dialect: "centrifugo",
    command: [pythonOfCentrifuge, agent("centrifuge_python.py"), "protobuf"],
    ...OF_PYTHON,
    lacks: ["names"],
  },
  {
    name: "`pusher-js`",
    dialect: "pusher",
    command: node("pusher-js.mjs"),
    options: { activityTimeout: 500, pongTimeout: 500 },
    patient: { activityTimeout: 30_000, pongTimeout: 30_000 },
    hearsText: true,
    lacks: ["bytes", "names of servers"],
  },
];

/** Libraries of servers, which only speak. */
export const SERVERS = [
  { name: "`cent`", dialect: "centrifugo", command: [python, agent("cent_server.py")] },
  { name: "`pusher` (npm)", dialect: "pusher", command: node("pusher-server.mjs"), lacks: ["bytes"] },
  { name: "`pusher` (PyPI)", dialect: "pusher", command: [python, agent("pusher_server.py")], lacks: ["bytes"] },
].map((library) => ({ ...library, isServer: true }));
