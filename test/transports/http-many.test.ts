import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { httpPost } from "../../src/transports/http-post.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";
import { until } from "../support/service.js";

const MAX_IDLE = 1000;
const RECEIVERS = 1200;
const AT_ONCE = 40;

const open = new Set<Socket>();
let opened = 0;
let server: Server;
let port: number;
let connections: Connections;
/** Answers that are held back until a test lets them go. */
let held: (() => void)[] | null;

beforeEach(async () => {
  open.clear();
  opened = 0;
  held = null;
  server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    const answer = () => response.end("ok");
    request.resume().on("end", () => (held ? held.push(answer) : answer()));
  });
  server.on("connection", (socket) => {
    opened++;
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
  connections = new Connections({ clock: systemClock });
});

afterEach(async () => {
  await connections.close();
  server.closeAllConnections();
  server.close();
});

/** Each of them has a host, and so connections, of its own. */
const send = (receiver: number, init: Parameters<typeof sendContext>[0] = {}) =>
  httpPost.send(
    jsonPayload("{}"),
    { url: `http://127.1.${receiver >> 8}.${receiver & 255}:${port}/` },
    sendContext({ connections, ...init }),
  );

/** A connection that has served a request is idle once the event loop has turned, as is one whose end is heard of. */
const settled = () => pause(50);

it("keeps 1,000 idle connections of all receivers together, and closes the longest idle ones", async () => {
  let next = 0;
  const work = async () => {
    for (let at = next++; at < RECEIVERS; at = next++) await send(at);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await until(() => open.size <= MAX_IDLE, 3000, "the end of what is beyond");
  expect(open.size).toBe(MAX_IDLE);
  await settled();
  await send(RECEIVERS - 1);
  expect(opened).toBe(RECEIVERS);
  await send(0);
  expect(opened).toBe(RECEIVERS + 1);
}, 60_000);

it("counts only what is idle, and what serves a request is never closed for room", async () => {
  held = [];
  const under = Array.from({ length: MAX_IDLE + 20 }, () => send(0));
  await until(() => held?.length === MAX_IDLE + 20, 15_000, "all requests");
  const answers = held;
  held = null;
  await send(1);
  for (const answer of answers) answer();
  await Promise.all(under);
  await until(() => open.size <= MAX_IDLE, 3000, "the end of what is beyond");
  expect(open.size).toBe(MAX_IDLE);
  await connections.close();
  await until(() => open.size === 0, 3000, "the end of all");
});

it("uses the connection that was idle for the shortest time, also one that others were opened beside", async () => {
  held = [];
  const both = [send(0), send(0)];
  await until(() => held?.length === 2, 3000, "both requests");
  const [first, second] = held;
  held = null;
  first?.();
  await both[0];
  second?.();
  await both[1];
  await settled();
  await send(0);
  await settled();
  await send(0);
  expect(opened).toBe(2);
});

it("opens a new one where the receiver has closed what was idle", async () => {
  await send(0);
  for (const socket of open) socket.destroy();
  await until(() => open.size === 0, 3000, "its end");
  await settled();
  await send(0);
  expect(opened).toBe(2);
});

it("serves on after a request that undici refuses", async () => {
  await send(0);
  await settled();
  const options = { url: `http://127.1.0.0:${port}/`, headers: { "x-bad": "a\u0000b" } };
  await expect(httpPost.send(jsonPayload("{}"), options, sendContext({ connections }))).rejects.toThrow("header");
  await send(0);
  expect(opened).toBe(1);
});

it("ends what hangs when all is closed", async () => {
  held = [];
  const hanging = errorOf(send(0));
  await until(() => held?.length === 1, 3000, "the request");
  await connections.close();
  expect(await hanging).toMatchObject({ fault: "ambiguous" });
  await until(() => open.size === 0, 3000, "the end of the connection");
});
