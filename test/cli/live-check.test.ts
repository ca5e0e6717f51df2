import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { runAgainst } from "./run.js";

let server: Server;
let asked: string[];
let begun: Promise<ServerResponse>;
const wasTerminal = process.stdout.isTTY;

beforeEach(async () => {
  asked = [];
  process.stdout.isTTY = true;
  begun = new Promise((resolve) => {
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(200, { "content-type": "application/x-ndjson" }).flushHeaders();
      resolve(response);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterEach(() => {
  process.stdout.isTTY = wasTerminal;
  server.closeAllConnections();
  server.close();
});

const check = () => runAgainst(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "check", "ep_1");
const printed = () => vi.mocked(process.stdout.write).mock.calls.map(([text]) => String(text));
const resolved = { step: "resolve", ok: true, detail: "10.0.0.1", durationMs: 2 };
const refused = { step: "connect", ok: false, detail: "refused", durationMs: 3 };

it("shows the steps of a check as each ends, on a terminal", async () => {
  const ran = check();
  const response = await begun;
  response.write(`${JSON.stringify(resolved)}\n`);
  await vi.waitFor(() => expect(printed()).toEqual(["✓ resolve        2 ms  10.0.0.1\n"]));
  response.write(` ${JSON.stringify(refused)}\n`);
  response.end(`${JSON.stringify({ ok: false, steps: [resolved, refused] })}\n`);
  const { code, out } = await ran;
  expect(out).toBe(
    "✓ resolve        2 ms  10.0.0.1\n✗ connect        3 ms  refused\nThe endpoint does not work yet.\n",
  );
  expect([code, asked]).toEqual([1, ["/v1/endpoints/ep_1/check?live=true"]]);
});

it("says so when a check breaks off", async () => {
  const ran = check();
  (await begun).end(`${JSON.stringify(resolved)}\n`);
  const { code, err } = await ran;
  expect([code, err]).toEqual([3, expect.stringContaining("broke off")]);
});
