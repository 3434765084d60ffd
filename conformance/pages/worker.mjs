// Runs inside a Web Worker: subscribes, says something and tells the page what came.

import { connect } from "/wirehub.js";

onmessage = async ({ data: { url, token, topic } }) => {
  const hub = connect(url, { token, reconnectInterval: 200, reconnectCap: 1000 });
  hub.on("state", ({ state, cause }) => postMessage({ state, cause }));
  hub.subscribe(topic, ({ data }) => postMessage({ message: data }));
  await hub.publish(topic, { from: "worker" });
  postMessage({ published: true });
};
