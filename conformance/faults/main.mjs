// The fault proxy as a program, controlled over HTTP:
//
//   node conformance/faults/main.mjs --to http://127.0.0.1:8000 --listen 8080 --control 8090
//   curl -X POST http://127.0.0.1:8090/begin/refused      any name of faults.json
//   curl -X POST http://127.0.0.1:8090/lift
//   curl http://127.0.0.1:8090/                           what was counted

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { FaultProxy } from "./proxy.mjs";

const FAULTS = JSON.parse(readFileSync(new URL("faults.json", import.meta.url), "utf8"));

const { values } = parseArgs({
  options: {
    to: { type: "string", default: "http://127.0.0.1:8000" },
    listen: { type: "string", default: "8080" },
    control: { type: "string", default: "8090" },
  },
});

const proxy = new FaultProxy(values.to);

/** Does what a request to the control address asks for, and gives what to answer. */
async function obey(method, path) {
  const [, verb, name] = decodeURIComponent(path).split("/");
  if (method === "POST" && verb === "lift") await proxy.lift();
  else if (method === "POST" && verb === "begin") {
    const fault = FAULTS.find(({ fault }) => fault === name);
    if (fault === undefined) return [404, { faults: FAULTS.map(({ fault }) => fault) }];
    await proxy.begin(fault);
  } else if (method !== "GET" || verb !== "") return [404, { use: "/begin/NAME, /lift, /" }];
  const { lines, bitten } = proxy;
  return [200, { lines, bitten, arrivals: proxy.arrivals.length, peak: proxy.peakArrivals() }];
}

const control = createServer(async (request, response) => {
  const [status, body] = await obey(request.method, request.url);
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
});

const port = await proxy.listen(Number(values.listen));
control.listen(Number(values.control), "127.0.0.1", () => {
  console.log(`carries http://127.0.0.1:${port} to ${values.to}`);
  console.log(`obeys http://127.0.0.1:${control.address().port}: /begin/NAME, /lift`);
});
