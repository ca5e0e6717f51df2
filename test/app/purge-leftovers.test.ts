import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type FtpServer, startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { openSqlite } from "../../src/store/sqlite.js";
import { startHttpReceiver } from "../support/http-receiver.js";
import { ADMIN_KEY, startTestService, type TestService, temporaryFolder, until } from "../support/service.js";

const LOGIN = { username: "waybell", password: "Spoorweg-7" };
/** What mails and file names clean, each in its own way. */
const [TURNED, PATH] = ["PIIRTL\u202e4711", "PII/47:11"];
const NUMBERS = /PII.{1,3}47.{1,3}11|PIIRTL.{0,8}4711/gu;
const DEAD = { SMTP_URL: "smtp://127.0.0.1:1", PUBLIC_URL: "http://waybell.test" };

async function scene() {
  const { folder, remove } = temporaryFolder();
  const ftpRoot = temporaryFolder();
  const receiver = await startHttpReceiver();
  receiver.answer = { status: 500 };
  const ftp = await startFtpServer({ root: ftpRoot.folder, ...LOGIN });
  onTestFinished(async () => {
    await Promise.all([receiver.stop(), ftp.close()]);
    remove();
    ftpRoot.remove();
  });
  return { folder, receiver, ftp };
}

/** Every row of every table, by the table. */
async function everything(folder: string): Promise<Map<string, string>> {
  const database = await openSqlite(join(folder, "waybell.db"));
  try {
    const names = await database.json<string[]>(
      "SELECT json_group_array(name) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    const found = new Map<string, string>();
    for (const name of names) {
      const columns = await database.json<string[]>(`SELECT json_group_array(name) FROM pragma_table_info('${name}')`);
      const row = `json_array(${columns.map((column) => `"${column}"`).join(", ")})`;
      found.set(name, JSON.stringify(await database.json(`SELECT json_group_array(${row}) FROM ${name}`)));
    }
    return found;
  } finally {
    await database.close();
  }
}

const tablesWith = (rows: Map<string, string>, pattern: RegExp) =>
  [...rows].filter(([, text]) => text.match(pattern)).map(([name]) => name);

/** Two endpoints that refuse what they get, and alert mails about it that wait for a dead mail server. */
async function fail(service: TestService, receiver: { readonly url: string }, ftp: FtpServer): Promise<void> {
  ftp.misbehave({ answers: { STOR: "553 Not such a name" } });
  const more = { retry: { schedule: ["0s"] }, alerts: { emails: ["it@acme.example"] } };
  const file = { type: "ftp", host: "127.0.0.1", port: ftp.port, ...LOGIN };
  await service.endpoint(receiver.url, more);
  await service.endpoint("files", { ...more, transport: file });
  const failed = async () =>
    (await service.call<{ items: unknown[] }>("GET", "/v1/deliveries?state=failed")).body.items.length;
  // A lane keeps what its last failure said.
  for (const [at, order] of [TURNED, "A2", PATH].entries()) {
    await service.publish({ order });
    await until(async () => (await failed()) === 2 * (at + 1), 20_000, "both refusals");
  }
}

async function purged(service: TestService, scope: object): Promise<Record<string, number>> {
  const { status, body } = await service.call<{ id: string }>("POST", "/v1/purges", scope);
  expect(status).toBe(202);
  let counts: Record<string, number> = {};
  await until(
    async () => {
      const { body: now } = await service.call("GET", `/v1/purges/${body.id}`);
      counts = now.counts as typeof counts;
      return now.state === "done";
    },
    30_000,
    "the purge",
  );
  return counts;
}

it("leaves an order's number in no form that mails, tables, file names or failures gave it", async () => {
  const { folder, receiver, ftp } = await scene();
  let service = await startTestService(folder, { env: DEAD });
  onTestFinished(() => service.close());
  await fail(service, receiver, ftp);
  const headers = { authorization: `Bearer ${ADMIN_KEY}` };
  const metrics = async () => (await fetch(`${service.url}/metrics`, { headers })).text();
  await until(async () => /^waybell_mails_waiting [2-9]/m.test(await metrics()), 20_000, "the mails");
  await service.close();
  const before = await everything(folder);
  expect(before.get("mails")).toContain("PIIRTL 4711");
  expect(before.get("mails")).toContain("PIIRTL\ufffd4711");
  expect(before.get("lanes")).toContain("PII-47-11_take_");

  service = await startTestService(folder, { env: DEAD });
  for (const order of [TURNED, PATH]) await purged(service, { customer: "acme", order });
  await service.close();
  expect(tablesWith(await everything(folder), NUMBERS)).toEqual([]);
}, 90_000);

it("leaves no mail that would let a customer's people in", async () => {
  const { folder } = await scene();
  const service = await startTestService(folder, { env: DEAD });
  onTestFinished(() => service.close());
  await service.call("PUT", "/v1/customers/acme", {});
  const jan = { email: "jan.pii@acme.example", role: "customer", customer: "acme" };
  expect((await service.call("POST", "/v1/users", jan)).status).toBe(201);
  expect(await purged(service, { customer: "acme" })).toMatchObject({ mails: 1 });
  await service.close();
  expect(tablesWith(await everything(folder), /jan\.pii/)).toEqual([]);
}, 60_000);
