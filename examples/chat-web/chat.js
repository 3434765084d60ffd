// A chat on Wirehub: one room with history, who is here, who is typing, and what became of the connection.
// The library comes from the hub itself, so this page needs no build and may be opened as a file.

"use strict";

const TOPIC = "rooms/lobby";
const HISTORY = 50;
/** How long what was said may wait for a connection, in milliseconds. */
const PATIENCE = 10 * 60_000;

const $ = (id) => document.getElementById(id);
const stored = (key, value) => {
  // A browser may deny a page its storage; then the form is filled in by hand.
  try {
    if (value !== undefined) sessionStorage.setItem(key, value);
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
};

/** What each state of the connection is called here, and how it looks. */
const STATES = {
  idle: ["idle", "busy"],
  connecting: ["connecting", "busy"],
  authenticating: ["introducing ourselves", "busy"],
  resuming: ["catching up", "busy"],
  live: ["live", "good"],
  standby: ["live on another hub", "good"],
  waiting: ["waiting", "busy"],
  auth_failed: ["not let in", "bad"],
  stopped: ["stopped", "bad"],
};

/** What causes mean to somebody who only wants to chat. */
const CAUSES = {
  network: "the network is gone",
  heartbeat: "the hub fell silent",
  server_unreachable: "the hub does not answer",
  server_error: "the hub has trouble",
  server_moves: "the hub is being updated",
  unauthorized: "the token is not valid here; the hub prints a new one for each run",
  token_expired: "the token has expired",
  client_error: "check the address",
  protocol_error: "that is no Wirehub",
  offline: "this device is offline",
  hidden: "this tab is in the background",
  kicked: "somebody sent us away",
  replaced: "another tab took over",
};

/** The room as it is on the screen. */
class Room {
  #last = null;
  /** Messages of ours that the hub has not brought back yet, by what we called them. */
  #waiting = new Map();

  /** Puts a publication at the end; one of our own that stands there already is only confirmed. */
  hear({ data, from }) {
    if (typeof data?.text !== "string") return;
    const mine = this.#waiting.get(data.id);
    this.#waiting.delete(data.id);
    if (mine) mine.classList.remove("waiting");
    else this.#put(String(data.name ?? from?.user ?? "somebody"), data.text, new Date(data.at ?? Date.now()));
  }

  /** Puts what we said at the end, and gives its element. */
  say({ id, name, text, at }) {
    const message = this.#put(name, text, new Date(at));
    message.classList.add("waiting");
    this.#waiting.set(id, message);
    return message;
  }

  #put(name, text, at) {
    const own = name === me.name;
    const more = this.#last?.name === name && at - this.#last.at < 120_000;
    this.#last = { name, at };
    const message = element("li", `message${own ? " own" : ""}${more ? " more" : ""}`);
    const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    message.append(face(name), element("span", "who", own ? time : `${name}, ${time}`), element("span", "bubble", text));
    this.#append(message);
    return message;
  }

  note(text) {
    this.#last = null;
    this.#append(element("li", "note", text));
  }

  #append(item) {
    const list = $("messages");
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    list.append(item);
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  /** Shows who is here, and who types. */
  show(members) {
    const names = members.map(nameOf).sort((one, other) => one.localeCompare(other));
    $("count").textContent = names.length === 0 ? "" : String(names.length);
    $("people").replaceChildren(
      ...names.map((name) => {
        const item = element("li");
        item.append(face(name), element("span", "", name));
        return item;
      }),
    );
    const typing = members.filter((member) => member.state?.typing && nameOf(member) !== me.name).map(nameOf);
    const are = typing.length === 1 ? "is" : "are";
    $("typing").textContent = typing.length === 0 ? "" : `${typing.join(", ")} ${are} typing …`;
  }
}

const nameOf = ({ state, user, connection }) => state?.name ?? user ?? connection ?? "somebody";

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** A round picture of a name: its first letters on a colour of its own. */
function face(name) {
  const picture = element("span", "face", name.trim().slice(0, 2).toUpperCase());
  const hue = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
  picture.style.setProperty("--hue", hue);
  picture.ariaHidden = "true";
  return picture;
}

/** Shows how the connection is, and keeps what happened to it. */
function showState({ state, cause, detail, retryIn }) {
  const [word, is] = STATES[state] ?? [state, "busy"];
  $("state").dataset.is = is;
  $("word").textContent = word;
  const why = is === "good" ? "" : (CAUSES[cause] ?? cause ?? "");
  const again = retryIn === undefined || state !== "waiting" ? "" : `again in ${Math.max(retryIn / 1000, 0.1).toFixed(1)} s`;
  $("why").textContent = [why, again].filter(Boolean).join(", ");
  const line = [new Date().toLocaleTimeString(), state, cause, detail, again].filter(Boolean).join("  ");
  $("journal").append(element("li", "", line));
}

const me = { name: "" };

async function enter() {
  const [address, token] = [$("hub").value.trim(), $("token").value.trim()];
  me.name = $("name").value.trim();
  const { connect } = await import(`${new URL("/wirehub.js", address.replace(/^ws/, "http"))}`);
  const hub = connect(address, { token });
  hub.on("state", (change) => {
    showState(change);
    if (change.state === "live") open();
    if (change.state === "auth_failed") $("trouble").textContent = CAUSES[change.cause] ?? "not let in";
  });
  const room = new Room();
  listen(hub, room);
  speak(hub, room);
}

/** Shows the room in place of the door. */
function open() {
  if (!$("room").hidden) return;
  for (const id of ["name", "hub", "token"]) stored(id, $(id).value.trim());
  $("door").hidden = true;
  $("room").hidden = false;
  $("text").focus();
}

/** Hears everything of the room: first what was said before, then what is said from now on. */
function listen(hub, room) {
  let early = [];
  const hear = (message) => (early ? early.push(message) : room.hear(message));
  const lobby = hub.subscribe(TOPIC, hear, { presence: true, state: { name: me.name } });
  const show = () => room.show([...lobby.members.values()]);
  for (const change of ["subscribed", "joined", "changed", "left"]) lobby.on(change, show);
  lobby.on("gap", () => room.note("some of what was said while we were away is gone"));
  lobby.on("unsubscribed", ({ message }) => room.note(`not in the room any more: ${message}`));
  lobby.ready
    .then(async ({ offset }) => {
      const { messages } = await hub.history(TOPIC, { limit: HISTORY });
      // What is newer comes by itself.
      for (const message of messages.filter((message) => message.offset <= offset)) room.hear(message);
    })
    .catch(({ message }) => room.note(`what was said before cannot be read: ${message}`))
    .finally(() => {
      const waiting = early;
      early = null;
      for (const message of waiting) room.hear(message);
    });
  typing(lobby);
}

/** Tells the others while we type. */
function typing(lobby) {
  let timer = null;
  const tell = (typing) => lobby.setState({ name: me.name, typing }).catch(() => {});
  const end = () => {
    clearTimeout(timer);
    if (timer !== null) tell(false);
    timer = null;
  };
  $("text").addEventListener("input", () => {
    if (timer === null) tell(true);
    clearTimeout(timer);
    timer = setTimeout(end, 3000);
  });
  $("say").addEventListener("submit", end);
}

/** Says what is written. Without a connection it waits, and goes out when there is one. */
function speak(hub, room) {
  $("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value.trim();
    if (text === "") return;
    $("say").reset();
    const said = { id: crypto.randomUUID(), name: me.name, text, at: Date.now() };
    const element = room.say(said);
    hub.publish(TOPIC, said, { event: "said", timeout: PATIENCE }).catch(({ message }) => {
      element.classList.add("failed");
      element.title = `not sent: ${message}`;
    });
  });
}

$("enter").onsubmit = (event) => {
  event.preventDefault();
  $("trouble").textContent = "";
  enter().catch((error) => {
    $("trouble").textContent = `${error.message}. Does the hub run?`;
  });
};
$("state").onclick = () => {
  $("journal").hidden = !$("journal").hidden;
  $("state").ariaExpanded = String(!$("journal").hidden);
};

$("name").value = stored("name");
$("hub").value = stored("hub") || "ws://127.0.0.1:8000/ws";
$("token").value = new URLSearchParams(location.hash.slice(1)).get("token") ?? stored("token");
$("door").hidden = false;
