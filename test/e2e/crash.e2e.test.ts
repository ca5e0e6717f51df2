import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type FtpServer, startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { openSqlite } from "../../src/store/sqlite.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { killAll, type Served, serve } from "../support/serve.js";
import { callApi, temporaryFolder, until } from "../support/service.js";

let folder: string;
let removeFolder: () => void;
let inbox: string;
let receiver: HttpReceiver;
let ftp: FtpServer;

beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  inbox = join(folder, "ftp", "in");
  mkdirSync(inbox, { recursive: true });
  receiver = await startHttpReceiver();
  ftp = await startFtpServer({ root: join(folder, "ftp"), username: "u", password: "p" });
});
afterEach(async () => {
  await killAll();
  await receiver.stop();
  await ftp.close();
  removeFolder();
});

async function configure({ url }: Served, post: Record<string, unknown> = {}): Promise<void> {
  const endpoint = async (name: string, transport: object, more: object = {}) => {
    const answer = await callApi(url, "POST", "/v1/customers/acme/endpoints", {
      name,
      transport,
      template: { name: "ontime", options: { format: "json" } },
      ...more,
    });
    expect(answer.status).toBe(201);
  };
  await callApi(url, "PUT", "/v1/customers/acme", {});
  await endpoint("post", { type: "http-post", url: receiver.url }, post);
  const login = { host: "127.0.0.1", port: ftp.port, username: "u", password: "p", directory: "in" };
  await endpoint("ftp", { type: "ftp", tls: "none", ...login });
}

const TIME = "2026-01-02T03:04:05Z";
const FILE_TIME = "20260102040405";
const fileOf = (order: string) => `${order}_take_${FILE_TIME}.json`;

/** Publishes sets of events one after the other until it is stopped; remembers which orders were answered 202. */
function startLoad(served: Served, prefix: string, accepted: Set<string>, size: number, pauseMs: number) {
  let stopped = false;
  let sets = 0;
  const run = async () => {
    while (!stopped) {
      const orders = Array.from({ length: size }, (_, at) => `${prefix}-${sets}-${at}`);
      sets++;
      const items = orders.map((order) => ({ customer: "acme", order, statusCode: "take", statusTime: TIME }));
      const answer = await callApi(served.url, "POST", "/v1/events", items).catch(() => null);
      if (answer?.status === 202) for (const order of orders) accepted.add(order);
      else if (answer) throw new Error(`refused: ${JSON.stringify(answer)}`);
      await new Promise((turn) => setTimeout(turn, pauseMs));
    }
  };
  const done = run();
  return async () => {
    stopped = true;
    await done;
  };
}

/** The webhook-ids under which each order has arrived. */
function arrivals(): Map<string, string[]> {
  const byOrder = new Map<string, string[]>();
  for (const { body, headers } of receiver.received) {
    const { order } = JSON.parse(body.toString()) as { order: string };
    byOrder.set(order, [...(byOrder.get(order) ?? []), String(headers["webhook-id"])]);
  }
  return byOrder;
}

const missing = (accepted: ReadonlySet<string>, arrived: ReadonlySet<string>) =>
  [...accepted].filter((order) => !arrived.has(order));

async function statesIn(file: string): Promise<Record<string, number>> {
  const database = await openSqlite(file);
  const states = await database.json<Record<string, number>>(
    "SELECT json_group_object(state, n) FROM (SELECT state, count(*) AS n FROM deliveries GROUP BY state)",
  );
  await database.close();
  return states;
}

it("loses nothing that it accepted when it is killed twenty times under load, and repeats with the same ids and names", async () => {
  const KILLS = 20;
  const accepted = new Set<string>();
  // Slow enough that each kill finds sends which have arrived and are not recorded.
  receiver.answer = (_request, response) => void setTimeout(() => response.writeHead(200).end("ok"), 15);
  let served = await serve(folder);
  await configure(served, { limits: { concurrency: 16 } });
  for (let kill = 0; kill < KILLS; kill++) {
    const stops = [0, 1].map((load) => startLoad(served, `K${kill}-${load}`, accepted, 5, 20));
    const before = accepted.size;
    await until(() => accepted.size > before, 20_000, "an accepted event");
    await new Promise((turn) => setTimeout(turn, 20 + Math.random() * 300));
    await served.kill();
    await Promise.all(stops.map((stop) => stop()));
    served = await serve(folder);
  }
  await until(() => missing(accepted, new Set(arrivals().keys())).length === 0, 60_000, "the arrival of every POST");
  const files = () => new Set(readdirSync(inbox));
  await until(
    () => missing(new Set([...accepted].map(fileOf)), files()).length === 0,
    60_000,
    "the arrival of every file",
  );
  await until(
    async () => {
      const waiting = ["pending", "sending"].map((state) => `/v1/deliveries?state=${state}&limit=1`);
      const answers = await Promise.all(waiting.map((path) => callApi<{ items: unknown[] }>(served.url, "GET", path)));
      return answers.every(({ body }) => body.items.length === 0);
    },
    30_000,
    "the end of all deliveries",
  );
  const { code } = await served.stop();
  expect(code).toBe(0);
  expect(accepted.size).toBeGreaterThan(KILLS * 5);

  const byOrder = arrivals();
  const repeats = [...byOrder.values()].filter((ids) => ids.length > 1);
  expect(repeats.length).toBeGreaterThan(0);
  for (const ids of byOrder.values()) expect(new Set(ids).size).toBe(1);
  expect(new Set([...byOrder.values()].flat()).size).toBe(byOrder.size);

  // One file an event, whole, under its own name: what was uploaded again has replaced itself.
  for (const name of files()) {
    const { order } = JSON.parse(readFileSync(join(inbox, name), "utf8")) as { order: string };
    expect(name).toBe(fileOf(order));
    expect(byOrder.has(order), order).toBe(true);
  }
  expect(missing(new Set([...byOrder.keys()].map(fileOf)), files())).toEqual([]);
  const states = await statesIn(join(folder, "waybell.db"));
  expect(states).toEqual({ delivered: byOrder.size * 2 });
}, 400_000);

it("stops within ten seconds under load: sends under way finish or are given back", async () => {
  const accepted = new Set<string>();
  let open = 0;
  let hang = true;
  receiver.answer = (_request, response) => {
    open++;
    // One in four never answers.
    if (hang && open % 4 === 0) return;
    setTimeout(() => response.writeHead(200).end("ok"), 300);
  };
  const first = await serve(folder);
  await configure(first, { timeoutSeconds: 60 });
  const stopLoad = startLoad(first, "T", accepted, 10, 100);
  await until(() => receiver.received.length > 20, 20_000, "the load");
  const { code, ms } = await first.stop();
  await stopLoad();
  expect(first.output()).not.toContain("longer than 10 s");
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  expect(await statesIn(join(folder, "waybell.db"))).not.toHaveProperty("sending");

  hang = false;
  const second = await serve(folder);
  await until(() => missing(accepted, new Set(arrivals().keys())).length === 0, 60_000, "the arrival of every POST");
  for (const ids of arrivals().values()) expect(new Set(ids).size).toBe(1);
  expect((await second.stop()).code).toBe(0);
});
