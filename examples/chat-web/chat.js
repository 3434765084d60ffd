// A chat on Wirehub: one room with history, who is here, who is typing, and what became of the connection.
// The library comes from the hub itself, so this page needs no build and may be opened as a file.

"use strict";

const TOPIC = "rooms/lobby";
const HISTORY = 50;

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
  #people = new Map();
  #typing = new Set();
  #last = null;

  /** Puts a message at the end, and gives its element. */
  say({ name, text, own, at = new Date() }) {
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

  /** Everybody who is here, from the beginning. */
  members(members) {
    this.#people = new Map(members.map((member) => [member.connection, member]));
    this.#show();
  }

  joined(member) {
    this.#people.set(member.connection, member);
    this.#show();
  }

  changed(member, was) {
    if (was !== undefined) this.#people.delete(was);
    this.joined(member);
  }

  left(member) {
    this.#people.delete(member.connection);
    this.#show();
  }

  #show() {
    const members = [...this.#people.values()];
    const names = members.map(nameOf).sort((one, other) => one.localeCompare(other));
    $("count").textContent = names.length === 0 ? "" : String(names.length);
    $("people").replaceChildren(
      ...names.map((name) => {
        const item = element("li");
        item.append(face(name), element("span", "", name));
        return item;
      }),
    );
    const typing = members.filter(({ state }) => state?.typing && nameOf({ state }) !== me.name).map(nameOf);
    $("typing").textContent = typing.length === 0 ? "" : `${typing.join(", ")} ${typing.length === 1 ? "is" : "are"} typing …`;
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
  const room = new Room();
  const waiting = new Map();

  hub.on("state", (change) => {
    showState(change);
    if (change.state === "auth_failed") $("trouble").textContent = CAUSES[change.cause] ?? "not let in";
    const isIn = !$("room").hidden;
    if (change.state === "live" && !isIn) {
      for (const key of ["name", "hub", "token"]) stored(key, $(key).value.trim());
      $("door").hidden = true;
      $("room").hidden = false;
      $("text").focus();
    }
  });

  const heard = ({ data, from }) => {
    if (typeof data?.text !== "string") return;
    const mine = waiting.get(data.id);
    if (mine) {
      mine.classList.remove("waiting");
      waiting.delete(data.id);
      return;
    }
    room.say({ name: String(data.name ?? from?.user ?? "somebody"), text: data.text, own: data.name === me.name, at: new Date(data.at ?? Date.now()) });
  };

  const subscription = hub.subscribe(TOPIC, heard, { presence: true, state: { name: me.name } });
  subscription.on("subscribed", ({ presence }) => presence?.members && room.members(presence.members));
  subscription.on("joined", ({ member }) => room.joined(member));
  subscription.on("changed", ({ member, was }) => room.changed(member, was));
  subscription.on("left", ({ member }) => room.left(member));
  subscription.on("gap", () => room.note("some messages from while we were away are gone"));

  $("say").onsubmit = (event) => {
    event.preventDefault();
    const text = $("text").value.trim();
    if (text === "") return;
    $("say").reset();
    const data = { id: crypto.randomUUID(), name: me.name, text, at: Date.now() };
    const message = room.say({ name: me.name, text, own: true });
    message.classList.add("waiting");
    waiting.set(data.id, message);
    hub.publish(TOPIC, data, { event: "said" }).catch((error) => {
      message.classList.add("failed");
      message.title = `not sent: ${error.message}`;
    });
  };
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
