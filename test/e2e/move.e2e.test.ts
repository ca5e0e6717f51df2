import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openSqlite } from "../../src/store/sqlite.js";
import { startVsftpd, type TestServer } from "../servers/index.js";
import { type Cluster, openCluster } from "../support/cluster.js";
import { type Served, serve } from "../support/serve.js";
import { callApi, temporaryFolder, until } from "../support/service.js";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const SECRETS_KEYS = `k1:${Buffer.alloc(32, 1).toString("base64")}`;
/** More than are counted at a time. */
const MORE_EVENTS = 110_000;
/** It fails and is tried again within the test, on both sides. */
const RETRY = { retry: { schedule: ["0s", ...Array(40).fill("2s")] } };

let cluster: Cluster;
let ftp: TestServer;
let folder: string;
let remove: () => void;
let url: string;

beforeAll(async () => {
  ({ folder, remove } = temporaryFolder());
  [cluster, ftp] = await Promise.all([openCluster({ durable: true }), startVsftpd()]);
  url = `${cluster.databaseUrl}?schema=grown`;
});
afterAll(async () => {
  await cluster.close();
  await ftp.stop();
  remove();
});

interface Shown {
  readonly id: string;
  readonly order: string;
  readonly state: string;
  readonly fileName: string | null;
}

async function deliveries({ url: at }: Served): Promise<Shown[]> {
  const { body } = await callApi<{ items: Shown[] }>(at, "GET", "/v1/deliveries?limit=500&customer=acme");
  return body.items;
}

/** What the API shows of all that is over, in full. */
async function history(served: Served, ids: readonly string[]): Promise<unknown[]> {
  const shown = [];
  for (const id of ids) shown.push((await callApi(served.url, "GET", `/v1/deliveries/${id}`)).body);
  const { body } = await callApi(served.url, "GET", "/v1/customers/acme/endpoints");
  return [...shown, body];
}

/** A day of events that makes the copy long enough to be killed in its middle. */
async function addHistory(): Promise<void> {
  const database = await openSqlite(join(folder, "waybell.db"));
  const rows = `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${MORE_EVENTS})`;
  await database.batch([
    {
      sql: `${rows} INSERT INTO events (id, customer_id, external_id, content_hash, order_number, barcode, container,
        status_code, status, status_time, received_at, body) SELECT 'evt_00' || printf('%08d', n), 'other', 'x' || n, 'hash', 'X' || n, '', '',
        'take', 'PROCESSING', n, n, '{}' FROM s`,
      args: [],
    },
    {
      sql: `${rows} INSERT INTO attempts (delivery_id, number, body, sha256, report, late)
        SELECT 'dlv_00' || printf('%08d', n), 1, '{"order":"été"}', 'hash', '{}', 0 FROM s`,
      args: [],
    },
  ]);
  await database.close();
}

function startMove(...args: string[]): { child: ChildProcess; output: () => string } {
  const env = { PATH: process.env.PATH ?? "", SECRETS_KEYS };
  const command = [CLI, "migrate", "--from", `file:${join(folder, "waybell.db")}`, "--to", url, ...args];
  const child = spawn(process.execPath, command, { env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text };
}

async function move(...args: string[]) {
  const { child, output } = startMove(...args);
  const [code] = await once(child, "close");
  return { code: code as number, output: output() };
}

/** Kills the move without a word when a part of the table has arrived. */
async function killWhile(table: string): Promise<void> {
  const { child, output } = startMove();
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  const begun = async () => {
    if (child.exitCode !== null) throw new Error(`it ended before it was killed: ${output()}`);
    const { rows } = await client.query(`SELECT to_regclass('grown.meta') AS made`);
    if (rows[0].made === null) return false;
    return (await client.query("SELECT 1 FROM grown.meta WHERE key = $1", [`move/${table}`])).rows.length > 0;
  };
  await until(begun, 60_000, `the copy of ${table}`).finally(() => client.end());
  child.kill("SIGKILL");
  await once(child, "close");
}

/** Endpoints of all kinds: one that takes everything, one that takes nothing yet, one that hangs, an FTP server that is away. */
async function addEndpoints({ url: at }: Served): Promise<void> {
  await callApi(at, "PUT", "/v1/customers/acme", {});
  const urls = ["/fine", "/later", "/hangs"].map((path) => ({ type: "http-post", url: cluster.receiver.url + path }));
  const { host, port, username, password } = ftp;
  for (const transport of [...urls, { type: "ftp", host, port, username, password }]) {
    const setting = { name: Object.values(transport).join(" "), transport, ...RETRY };
    const template = { name: "ontime", options: { format: "json" } };
    const { status, body } = await callApi(at, "POST", "/v1/customers/acme/endpoints", { ...setting, template });
    expect(body).toEqual(expect.objectContaining({ id: expect.any(String) }));
    expect(status).toBe(201);
  }
}

it("a killed move goes on, and the PostgreSQL sends what waited under the same ids and file names", async () => {
  let works = false;
  const arrived: { path: string; id: string }[] = [];
  cluster.receiver.answer = ({ url: path, headers }, response) => {
    if (path === "/hangs" && !works) return;
    const fine = works || path === "/fine";
    if (fine) arrived.push({ path, id: String(headers["webhook-id"]) });
    response.writeHead(fine ? 200 : 503).end(fine ? "thank you" : "later");
  };
  await ftp.kill();
  const before = await serve(folder, { SECRETS_KEYS });
  await addEndpoints(before);
  const event = { customer: "acme", statusCode: "take", statusTime: "2026-01-02T03:04:05Z", comment: "日本\u0001 🚚" };
  const pictures = [`data:image/png;base64,${"iVBORw0K".repeat(60_000)}`];
  const orders = Array.from({ length: 5 }, (_, at) => ({ ...event, order: `ÉTÉ ${at}`, pictures }));
  expect((await callApi(before.url, "POST", "/v1/events", orders)).status).toBe(202);
  const settled = (all: readonly Shown[]) =>
    all.filter(({ state }) => state === "delivered").length === 5 && all.filter(({ fileName }) => fileName).length > 0;
  await until(async () => settled(await deliveries(before)), 30_000, "what is delivered and what waits");
  const known = await deliveries(before);
  const over = known.filter(({ state }) => state === "delivered").map(({ id }) => id);
  const seen = await history(before, over);
  // In the middle of its sends.
  await before.kill();
  await addHistory();

  for (const table of ["events", "attempts"]) await killWhile(table);
  await expect(serve(folder, { SECRETS_KEYS })).rejects.toThrow(/sent twice.*is being moved to PostgreSQL/);
  await expect(cluster.start("all", { DATABASE_URL: url })).rejects.toThrow(/has only a part of/);
  const { code, output } = await move();
  expect(output).toMatch(/events +110,005 +110,005 +same/);
  expect({ code, differs: output.includes("DIFFERS") }).toEqual({ code: 0, differs: false });
  expect(await move()).toMatchObject({ code: 0, output: expect.stringContaining("there is nothing to do") });
  const told = await move("--json");
  expect(JSON.parse(told.output)).toMatchObject({ already: true, equal: true });
  await expect(serve(folder, { SECRETS_KEYS })).rejects.toThrow(/sent twice.*was moved to PostgreSQL/);

  works = true;
  await ftp.restart();
  const after = await cluster.start("all", { DATABASE_URL: url });
  expect(await history(after, over)).toEqual(seen);
  const isOver = async () => (await deliveries(after)).every(({ state }) => state === "delivered");
  await until(isOver, 90_000, "the delivery of everything").catch(async (error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(await deliveries(after))}`);
  });
  const now = await deliveries(after);
  expect(now.map(({ id }) => id).sort()).toEqual(known.map(({ id }) => id).sort());
  const http = now.filter(({ fileName }) => fileName === null).map(({ id }) => id);
  expect(http).toHaveLength(15);
  expect(new Set(arrived.map(({ id }) => id))).toEqual(new Set(http));
  for (const { id, fileName } of known.filter((one) => one.fileName)) {
    expect(now.find((one) => one.id === id)?.fileName).toBe(fileName);
  }
  const names = now.flatMap(({ fileName }) => fileName ?? []);
  expect(readdirSync(ftp.root).sort()).toEqual(names.sort());
  expect(JSON.parse(readFileSync(join(ftp.root, names[0] ?? ""), "utf8"))).toMatchObject({ pictures });
});
