// Serves the files of a page on this machine.

import { once } from "node:events";
import { createServer } from "node:http";

/** Serves files, a type and a text by path, on a port of this machine; 0 for any. */
export async function serve(files, port) {
  const server = createServer((request, response) => {
    const [type, text] = files.get(request.url) ?? ["text/plain", ""];
    response.writeHead(text ? 200 : 404, { "content-type": type, connection: "close" }).end(text);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { server, address: `http://127.0.0.1:${server.address().port}/` };
}
