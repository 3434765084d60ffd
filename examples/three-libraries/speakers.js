// The same person, by three libraries: each hears the room, says something in it, and knows who is there.
//
// A speaker is told `heard(event, data, from)`, `people(names)` and `state(word)`, and gives `say(text)`.

const EVENT = "client-said";

/** Asks the backend. */
export async function ask(question, about = {}) {
  const answer = await fetch(`/${question}?${new URLSearchParams(about)}`);
  return answer.json();
}

/** Names in their order, each once. */
const named = (all) => [...new Set(all)].sort();

/** The native protocol: a topic has levels. */
export async function native(hub, user, room, tell) {
  const { connect } = await import(`${hub}/wirehub.js`);
  const { token } = await ask("token", { user });
  const topic = `presence-rooms/${room}`;
  const client = connect(`${hub.replace("http", "ws")}/ws`, { token, shared: false });
  client.on("state", ({ state }) => tell.state(state));
  const members = new Map();
  const changed = () => tell.people(named([...members.values()]));
  const subscription = client.subscribe(
    topic,
    ({ event, data, from }) => tell.heard(event, data, from?.user),
    { presence: true },
  );
  const here = (member) => members.set(member.connection, member.user);
  subscription.on("subscribed", ({ presence }) => {
    members.clear();
    for (const member of presence?.members ?? []) here(member);
    changed();
  });
  subscription.on("joined", ({ member }) => changed(here(member)));
  subscription.on("changed", ({ member, was }) => {
    if (was !== undefined) members.delete(was);
    changed(here(member));
  });
  subscription.on("left", ({ member }) => changed(members.delete(member.connection)));
  return { name: topic, say: (text) => client.publish(topic, { text }, { event: EVENT }) };
}

/** Centrifugo's: a channel has a namespace. What it publishes has no event. */
export async function centrifuge(hub, user, room, tell) {
  const channel = `presence-rooms:${room}`;
  const client = new globalThis.Centrifuge(`${hub.replace("http", "ws")}/connection/websocket`, {
    getToken: async () => (await ask("token", { user })).token,
  });
  client.on("state", ({ newState }) => tell.state(newState));
  const subscription = client.newSubscription(channel, { joinLeave: true, recoverable: true });
  const look = async () => {
    const { clients } = await subscription.presence();
    tell.people(named(Object.values(clients).map((one) => one.user)));
  };
  subscription.on("publication", ({ data, info, tags }) => tell.heard(tags?.event, data, info?.user));
  for (const change of ["subscribed", "join", "leave"]) subscription.on(change, look);
  subscription.subscribe();
  client.connect();
  return { name: channel, say: (text) => subscription.publish({ text }) };
}

/** Pusher's: a channel has a prefix. Who says something does not hear it again. */
export async function pusher(hub, user, room, tell) {
  const { hostname, port } = new URL(hub);
  const { key } = await ask("hub");
  const client = new globalThis.Pusher(key, {
    wsHost: hostname,
    wsPort: Number(port),
    forceTLS: false,
    enabledTransports: ["ws"],
    cluster: "none",
    channelAuthorization: {
      customHandler: ({ socketId, channelName }, answer) => {
        ask("authorize", { user, socket: socketId, channel: channelName }).then((said) => answer(null, said), answer);
      },
    },
  });
  client.connection.bind("state_change", ({ current }) => tell.state(current));
  const channel = client.subscribe(`presence-rooms.${room}`);
  const changed = () => tell.people(named(Object.keys(channel.members.members)));
  for (const change of ["subscription_succeeded", "member_added", "member_removed"]) channel.bind(`pusher:${change}`, changed);
  // What has no event is a `message`. Only events of clients say whose they are.
  for (const event of [EVENT, "message"]) {
    channel.bind(event, (data, metadata) => tell.heard(event, data, metadata?.user_id));
  }
  return {
    name: channel.name,
    say(text) {
      channel.trigger(EVENT, { text });
      tell.heard(EVENT, { text }, user);
    },
  };
}
