// The libraries of the matrix:
//
//   name, dialect, command   what it is called in the document, what it speaks, what runs it
//   id                       where a behaviour names it, since it differs from others of its dialect
//   options                  what makes it quick enough to watch, in its own words
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
const OPTIONS_OF_JS = { maxServerPingDelay: 2000 };
const OPTIONS_OF_PYTHON = { max_server_ping_delay: 2 };

/** Libraries whose clients hear and speak: the columns of the matrix. */
export const CLIENTS = [
  { name: "`@wirehub/client`", dialect: "native", command: node("typescript.mjs") },
  { name: "`@wirehub/client`, Protobuf", dialect: "native", command: node("typescript.mjs", "protobuf") },
  { name: "`wirehub-client` (Rust)", dialect: "native", command: [rustAgent] },
  {
    name: "`centrifuge`",
    dialect: "centrifugo",
    command: node("centrifuge.mjs"),
    options: OPTIONS_OF_JS,
    hearsText: true,
    lacks: ["bytes", "names"],
  },
  {
    name: "`centrifuge`, Protobuf",
    dialect: "centrifugo",
    command: node("centrifuge.mjs", "protobuf"),
    options: OPTIONS_OF_JS,
    lacks: ["names"],
  },
  {
    id: "python",
    name: "`centrifuge-python`",
    dialect: "centrifugo",
    command: [pythonOfCentrifuge, agent("centrifuge_python.py")],
    options: OPTIONS_OF_PYTHON,
    hearsText: true,
    lacks: ["bytes", "names"],
  },
  {
    name: "`pusher-js`",
    dialect: "pusher",
    command: node("pusher-js.mjs"),
    options: { activityTimeout: 500, pongTimeout: 500 },
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
