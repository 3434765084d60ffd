// Three columns, one room.

import { ask, centrifuge, native, pusher } from "./speakers.js";

const LIBRARIES = [
  { title: "@wirehub/client", user: "ann", speak: native },
  { title: "centrifuge", user: "bob", speak: centrifuge },
  { title: "pusher-js", user: "cem", speak: pusher },
];

/** Shows one library; what others say is text, never markup. */
async function show({ title, user, speak }, hub, room) {
  const column = document.querySelector("template").content.cloneNode(true).firstElementChild;
  const find = (name) => column.querySelector(`.${name}`);
  document.querySelector("main").append(column);
  column.id = user;
  find("title").textContent = title;
  find("user").textContent = user;
  const tell = {
    state(word) {
      find("state").textContent = word;
      column.dataset.state = word;
    },
    people(names) {
      find("people").textContent = names.join(", ");
    },
    heard(event, data, from) {
      const line = document.createElement("li");
      line.className = from === user ? "own" : "";
      const who = document.createElement("b");
      who.textContent = from ?? "somebody";
      const text = typeof data?.text === "string" ? data.text : JSON.stringify(data);
      line.append(who, ` ${text}`);
      line.title = event ?? "no event";
      find("said").append(line);
      line.scrollIntoView({ block: "nearest" });
    },
  };
  const speaker = await speak(hub, user, room, tell);
  find("name").textContent = speaker.name;
  const form = column.querySelector("form");
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    const text = form.elements.text.value.trim();
    form.reset();
    if (text !== "") Promise.resolve(speaker.say(text)).catch((error) => tell.state(error.message));
  });
}

const { hub } = await ask("hub");
const room = new URLSearchParams(location.search).get("room") ?? "lobby";
for (const library of LIBRARIES) show(library, hub, room);
