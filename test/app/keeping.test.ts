import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../cli/run.js";
import { manualClock } from "../support/clock.js";
import { startHttpReceiver } from "../support/http-receiver.js";
import { ADMIN_KEY, startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { startSmtp } from "../support/smtp.js";

const KEYS = [1, 2].map((fill) => Buffer.alloc(32, fill).toString("base64"));
const [OLD, NEW] = [`k1:${KEYS[0]}`, `k2:${KEYS[1]}`];

interface Shown {
  readonly items: readonly { readonly id: string; readonly order: string; readonly state: string }[];
}

async function scene() {
  const { folder, remove } = temporaryFolder();
  const receiver = await startHttpReceiver();
  onTestFinished(async () => {
    await receiver.stop();
    remove();
  });
  const transport = { type: "http-post", url: receiver.url, apiKey: "planted-api-key-1" };
  const waybell = (service: TestService, ...args: string[]) => run(...args, "--url", service.url, "--key", ADMIN_KEY);
  const states = async (service: TestService) =>
    (await service.call<Shown>("GET", "/v1/deliveries?limit=500")).body.items
      .map(({ order, state }) => `${order} ${state}`)
      .sort();
  return { folder, receiver, transport, waybell, states };
}

it("rotates at work: what is sent and put meanwhile goes on, and the old key is not needed afterwards", async () => {
  const { folder, receiver, transport, waybell } = await scene();
  let service = await startTestService(folder, { env: { SECRETS_KEYS: OLD ?? "" } });
  onTestFinished(() => service.close());
  const id = await service.endpoint(receiver.url, { transport });
  await service.close();

  service = await startTestService(folder, { env: { SECRETS_KEYS: `${NEW},${OLD}` } });
  const patched = Promise.all([
    service.publish({ order: "A1" }),
    service.call("PATCH", `/v1/endpoints/${id}`, { transport: { type: "http-post", apiKey: "planted-api-key-2" } }),
    waybell(service, "secrets", "rotate"),
  ]);
  const [, , rotated] = await patched;
  expect(rotated.out).toContain("Take out of SECRETS_KEYS: k1.");
  expect(rotated.code).toBe(0);
  await service.close();

  service = await startTestService(folder, { env: { SECRETS_KEYS: NEW ?? "" } });
  await service.publish({ order: "A2" });
  await until(() => receiver.received.length === 2);
  expect(receiver.received.at(-1)?.headers["x-api-key"]).toBe("planted-api-key-2");
}, 60_000);

describe("a mail that lets its reader in", () => {
  const DEAD = { SMTP_URL: "smtp://127.0.0.1:1", PUBLIC_URL: "http://waybell.test" };

  /** One that the mail server has not taken, under the old key. */
  async function waiting() {
    const { folder, waybell } = await scene();
    const smtp = await startSmtp();
    onTestFinished(() => smtp.close());
    const service = await startTestService(folder, { env: { ...DEAD, SECRETS_KEYS: OLD ?? "" } });
    expect((await service.call("POST", "/v1/users", { email: "ann@example.com", role: "auditor" })).status).toBe(201);
    await service.close();
    return { folder, waybell, smtp, env: { ...DEAD, SMTP_URL: smtp.url, SECRETS_KEYS: NEW ?? "" } };
  }

  it("goes out under another key when it waited through a rotation", async () => {
    const { folder, waybell, smtp, env } = await waiting();
    let service = await startTestService(folder, { env: { ...DEAD, SECRETS_KEYS: `${NEW},${OLD}` } });
    onTestFinished(() => service.close());
    expect((await waybell(service, "secrets", "rotate")).out).toContain("Take out of SECRETS_KEYS: k1.");
    await service.close();
    // What waits for the dead server is tried again within half a minute.
    const clock = manualClock(Date.now() + 60_000);
    service = await startTestService(folder, { env, clock });
    await until(async () => {
      await clock.advance(1000);
      return smtp.mails.length === 1;
    });
    expect(smtp.mails[0]?.parsed.text).toContain("http://waybell.test/welcome/");
  }, 60_000);

  it("refuses the start without its key; with the key lost it waits, and the log says so", async () => {
    const { folder, smtp, env } = await waiting();
    await expect(startTestService(folder, { env })).rejects.toThrow(
      /1 secret cannot be read:\n {2}mail mail_\w+: link\n/,
    );
    const lines: string[] = [];
    const clock = manualClock(Date.now() + 60_000);
    const service = await startTestService(folder, { env: { ...env, SECRETS_LOST: "k1" }, clock, lines });
    onTestFinished(() => service.close());
    const told = () => lines.filter((line) => line.includes("no key in SECRETS_KEYS opens its link"));
    await until(async () => {
      await clock.advance(1000);
      return told().length > 0;
    });
    expect(told()[0]).toContain("ann@example.com");
    expect(smtp.mails).toEqual([]);
  }, 60_000);
});

it("refuses a start without the key, names the fields, and goes without one that is lost", async () => {
  const { folder, receiver, transport, waybell, states } = await scene();
  let service = await startTestService(folder, { env: { SECRETS_KEYS: OLD ?? "" } });
  onTestFinished(() => service.close());
  const id = await service.endpoint(receiver.url, { transport });
  const open = { name: "open", transport: { type: "http-post", url: receiver.url }, template: { name: "ontime" } };
  await service.call("POST", "/v1/customers/acme/endpoints", open);
  await service.close();

  const refused = startTestService(folder, { env: { SECRETS_KEYS: NEW ?? "" } });
  await expect(refused).rejects.toThrow(`1 secret cannot be read:\n  endpoint ${id}: transport.apiKey\n`);

  const lines: string[] = [];
  service = await startTestService(folder, { env: { SECRETS_KEYS: NEW ?? "", SECRETS_LOST: "k1" }, lines });
  await until(() => lines.some((line) => line.includes("secrets cannot be read") && line.includes(id)));
  expect((await service.call("GET", "/readyz")).body).toMatchObject({
    ready: true,
    parts: { secrets: { ok: false, detail: "1 cannot be read: waybell secrets status" } },
  });
  await service.publish({ order: "A1" });
  await until(() => receiver.received.length === 1);
  await until(async () => (await states(service)).join() === "A1 delivered,A1 pending");
  // A mask is sent to nobody.
  expect((await service.call("POST", `/v1/endpoints/${id}/test`)).status).toBe(409);
  expect((await service.call("PATCH", `/v1/endpoints/${id}`, { name: "Other" })).status).toBe(422);
  expect(await waybell(service, "secrets", "status")).toMatchObject({
    code: 1,
    out: expect.stringContaining("transport.apiKey"),
  });
  // Set anew, what waited goes out.
  expect((await service.call("PATCH", `/v1/endpoints/${id}`, { transport })).status).toBe(200);
  await until(() => receiver.received.length === 2);
  expect(receiver.received.at(-1)?.headers["x-api-key"]).toBe("planted-api-key-1");
  await waybell(service, "secrets", "rotate");
  await service.close();
  service = await startTestService(folder, { env: { SECRETS_KEYS: NEW ?? "" } });
}, 60_000);

it("purges an order at work: its pending deliveries are canceled, all of it goes, the rest stays", async () => {
  const { folder, receiver, transport, waybell, states } = await scene();
  const lines: string[] = [];
  const service = await startTestService(folder, { lines });
  onTestFinished(() => service.close());
  const id = await service.endpoint(receiver.url, { transport });
  await service.publish({ order: "A1", id: "a" }, { order: "A2", id: "b" });
  await until(async () => (await states(service)).join() === "A1 delivered,A2 delivered");
  await service.call("POST", `/v1/endpoints/${id}/pause`);
  await service.publish({ order: "A1", id: "c" }, { order: "A2", id: "d" });
  expect(await states(service)).toEqual(["A1 delivered", "A1 pending", "A2 delivered", "A2 pending"]);
  const { code, out } = await waybell(
    service,
    "purge",
    "--customer",
    "acme",
    "--order",
    "A1",
    "--by",
    "ticket 7",
    "--yes",
  );
  expect(code).toBe(0);
  expect(out).toContain("Deleted: 2 events, 2 deliveries (1 of them waiting), 1 attempts");
  expect(await states(service)).toEqual(["A2 delivered", "A2 pending"]);
  const { body } = await service.call<{ items: object[] }>("GET", "/v1/purges");
  expect(body.items).toMatchObject([{ requestedBy: "ticket 7", state: "done", counts: { canceled: 1 } }]);
  expect(JSON.stringify(body)).not.toContain('"A1"');
  expect((await service.call("POST", `/v1/endpoints/${id}/resume`)).status).toBe(200);
  await until(() => receiver.received.length === 3);
  expect((await waybell(service, "purge", "--customer", "acme", "--order", "A1", "--yes")).code).toBe(1);
}, 60_000);

it("lets nobody in with a key of a customer that was purged, also once there is another of its id", async () => {
  const { folder, waybell } = await scene();
  const service = await startTestService(folder);
  onTestFinished(() => service.close());
  await service.call("PUT", "/v1/customers/acme", {});
  const made = await service.call<{ key: string }>("POST", "/v1/keys", {
    name: "P",
    role: "customer",
    customer: "acme",
  });
  const asked = async () =>
    (await fetch(`${service.url}/v1/customers`, { headers: { authorization: `Bearer ${made.body.key}` } })).status;
  expect(await asked()).toBe(200);
  expect((await waybell(service, "purge", "--customer", "acme", "--yes")).code).toBe(0);
  await service.call("PUT", "/v1/customers/acme", {});
  expect(await asked()).toBe(401);
}, 60_000);
