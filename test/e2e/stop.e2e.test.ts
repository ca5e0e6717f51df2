import { existsSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqlite } from "../../src/store/sqlite.js";
import { killAll, type Served, serve } from "../support/serve.js";
import { ADMIN_KEY, callApi, temporaryFolder, until } from "../support/service.js";

let folder: string;
let removeFolder: () => void;
let silent: Server;
let port: number;
const sockets = new Set<Socket>();

beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  // Takes connections and never says a word, whatever it is asked.
  silent = createServer((socket) => void sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
  port = (silent.address() as { port: number }).port;
});
afterEach(async () => {
  await killAll();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  silent.close();
  removeFolder();
});

const setting = (name: string, transport: object) => ({
  name,
  transport,
  template: { name: "ontime", options: { format: "json" } },
  timeoutSeconds: 600,
});
const post = () => setting("erp", { type: "http-post", url: `http://127.0.0.1:${port}/` });
const event = (order: string) => ({
  customer: "acme",
  order,
  statusCode: "take",
  statusTime: "2023-07-19T11:06:49+02:00",
});

/** An upload of NDJSON that goes on for ever and whose answer nobody reads. */
async function endlessUpload({ url }: Served): Promise<void> {
  const { hostname, port: at } = new URL(url);
  const socket = connect(Number(at), hostname);
  sockets.add(socket.on("error", () => undefined));
  socket.pause();
  socket.write(
    `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const lines = Array.from({ length: 500 }, (_, at) => `${JSON.stringify(event(`N${at}`))}\n`).join("");
  const chunk = `${Buffer.byteLength(lines).toString(16)}\r\n${lines}\r\n`;
  const write = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", write);
  write();
  await until(async () => (await published(url)) > 500, 20_000, "the first lines of the upload");
}

async function published(url: string): Promise<number> {
  const { body } = await callApi<{ items: unknown[] }>(url, "GET", "/v1/events?limit=500&customer=acme");
  return body.items.length === 500 ? 501 : body.items.length;
}

it("stops well within 10 s with sends, tests, checks and an upload that hang, and leaves everything in order", async () => {
  const served = await serve(folder);
  const { url } = served;
  await callApi(url, "PUT", "/v1/customers/acme", {});
  expect((await callApi(url, "POST", "/v1/customers/acme/endpoints", post())).status).toBe(201);
  await callApi(url, "POST", "/v1/events", event("A1"));
  await until(() => sockets.size === 1, 10_000, "the send of the road");
  const ftp = setting("ftp", { type: "ftp", host: "127.0.0.1", port, username: "u", password: "p" });
  const tries = [
    { customer: "acme", endpoint: post() },
    { customer: "acme", endpoint: ftp },
    { customer: "acme", action: "check", endpoint: ftp },
  ].map((body) => callApi(url, "POST", "/v1/test", body));
  await until(() => sockets.size === 4, 10_000, "the tests and the check");
  await endlessUpload(served);

  const { code, ms } = await served.stop();
  expect(code, served.output()).toBe(0);
  expect(ms).toBeLessThan(9_000);
  for (const answer of await Promise.all(tries)) {
    expect(answer).toMatchObject({ status: 503, body: { code: "busy" } });
  }
  expect(existsSync(join(folder, "server.json"))).toBe(false);
  // The file was closed: what is committed stands in it alone, and nothing is left claimed.
  expect(existsSync(join(folder, "waybell.db-wal"))).toBe(false);
  const database = await openSqlite(join(folder, "waybell.db"));
  const claimed = await database.json<number>("SELECT count(*) FROM deliveries WHERE state = 'sending'");
  await database.close();
  expect(claimed).toBe(0);
});
