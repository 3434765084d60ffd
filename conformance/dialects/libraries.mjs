// The libraries of the matrix: which dialect each speaks, what runs it, and options that make it quick enough to watch.

const {
  WIREHUB_TEST_PYTHON: python = "python3",
  WIREHUB_TEST_PYTHON_CENTRIFUGE: pythonOfCentrifuge = "python3",
  WIREHUB_TEST_RUST_AGENT: rustAgent,
} = process.env;

const agent = (name) => new URL(`agents/${name}`, import.meta.url).pathname;
const node = (name, ...args) => ["node", agent(name), ...args];

/** How long the server's ping may be late before these two count a connection as dead. */
const QUICK_JS = { maxServerPingDelay: 500 };
const QUICK_PYTHON = { max_server_ping_delay: 0.5 };

/** Libraries whose clients hear and speak: the columns of the matrix. */
export const CLIENTS = [
  { name: "`@wirehub/client`", dialect: "native", command: node("typescript.mjs") },
  { name: "the same, Protobuf", dialect: "native", command: node("typescript.mjs", "protobuf") },
  ...(rustAgent ? [{ name: "`wirehub-client`", dialect: "native", command: [rustAgent] }] : []),
  { name: "`centrifuge`", dialect: "centrifugo", command: node("centrifuge.mjs"), options: QUICK_JS },
  {
    name: "the same, Protobuf",
    dialect: "centrifugo",
    command: node("centrifuge.mjs", "protobuf"),
    options: QUICK_JS,
  },
  {
    id: "python",
    name: "`centrifuge-python`",
    dialect: "centrifugo",
    command: [pythonOfCentrifuge, agent("centrifuge_python.py")],
    options: QUICK_PYTHON,
  },
  {
    name: "`pusher-js`",
    dialect: "pusher",
    command: node("pusher-js.mjs"),
    options: { activityTimeout: 500, pongTimeout: 500 },
  },
];
