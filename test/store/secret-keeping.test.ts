import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCustomers } from "../../src/store/customers.js";
import type { Database } from "../../src/store/database.js";
import { createEndpoints } from "../../src/store/endpoints.js";
import { createMailStore } from "../../src/store/mails.js";
import { createSecretKeeping, type RotatedSet, refuseWrongKeys } from "../../src/store/secret-keeping.js";
import { checkSecrets, createSecrets, type Secrets } from "../../src/store/secrets.js";
import type { EndpointInput } from "../../src/types.js";
import { openStore, post, registry, type Store, secrets as t1 } from "./kit.js";

const key = (id: string, fill: number) => ({ id, key: Buffer.alloc(32, fill) });
const OLD = key("t1", 7);
const NEW = key("t2", 8);
const t2 = createSecrets([NEW, OLD]);
const only2 = createSecrets([NEW]);

const ftp = (name: string, password: string): EndpointInput => ({
  name,
  transport: { type: "ftp", host: "ftp.example.com", tls: "explicit", username: "u", password },
  template: { name: "ontime", options: { format: "json" } },
});
const http = (name: string): EndpointInput => ({
  ...post(name),
  transport: {
    type: "http-post",
    url: "https://erp.example.com/hook",
    apiKey: "planted-api-key",
    headers: { "x-token": "planted-header", "x-other": "planted-other" },
    auth: { type: "basic", username: "u", password: "planted-basic" },
  },
});
const CALLBACK = { name: "trackingmore", options: { email: "planted-mail@acme.example" } };

let store: Store;
let database: Database;
beforeEach(async () => {
  store = await openStore();
  ({ database } = store);
  await checkSecrets(database, t1);
});
afterEach(() => store.close());

/** As a process with other keys sees the same database. */
function process(secrets: Secrets) {
  const { clock } = store;
  const customers = createCustomers({ database, clock, registry, secrets });
  const endpoints = createEndpoints({ database, secrets, customers, clock, registry, defaultTimeZone: "UTC" });
  return { customers, endpoints, keeping: createSecretKeeping(database, secrets, registry) };
}

async function rotateAll({ keeping }: ReturnType<typeof process>): Promise<RotatedSet[]> {
  const sets: RotatedSet[] = [];
  for (let cursor: string | null = null; ; ) {
    const set: RotatedSet = await keeping.rotate(cursor ?? undefined);
    sets.push(set);
    cursor = set.next;
    if (cursor === null) return sets;
  }
}

/** A mail with a link that waits, as a process with these keys makes it; returns its id. */
async function linkMail(secrets: Secrets): Promise<string> {
  const mail = { recipient: "ann@example.com", subject: "Sign in", text: "Open {link}", html: "", place: "{link}" };
  const now = store.clock.now();
  await createMailStore(database, secrets).addLink({ ...mail, link: "planted-link", expiresAt: now + 1000 }, now);
  return database.json<string>("SELECT json_quote(max(id)) FROM mails");
}

const stored = async () =>
  (await database.json<string[]>("SELECT json_group_array(link) FROM mails")).join() +
  (await database.json<string[]>("SELECT json_group_array(settings) FROM endpoints")).join() +
  (await database.json<string[]>("SELECT json_group_array(callback_template) FROM customers")).join();

describe("secrets rotate", () => {
  it("puts every secret under the first key, and the old key can be taken out afterwards", async () => {
    await store.customers.put("acme", { callbackTemplate: CALLBACK });
    const erp = await store.endpoints.create("acme", http("ERP"));
    const gone = await store.endpoints.create("acme", ftp("Gone", "planted-gone"));
    await store.endpoints.delete(gone.id);
    await linkMail(t1);
    const after = process(t2);
    await checkSecrets(database, t2);
    expect(await after.keeping.status()).toMatchObject({
      activeKey: "t2",
      keys: [
        { id: "t2", loaded: true, secrets: 0 },
        { id: "t1", loaded: true, secrets: 7 },
      ],
      outdated: 4,
      unreadable: { count: 0 },
    });
    expect((await rotateAll(after)).at(-1)).toEqual({
      rotated: 4,
      unreadable: 0,
      changed: 0,
      next: null,
      freed: ["t1"],
    });
    expect(await stored()).not.toContain("enc:v1:t1:");
    await refuseWrongKeys(database, only2, registry, []);
    const without = process(only2);
    expect((await without.endpoints.get(erp.id))?.transport).toEqual(http("ERP").transport);
    expect((await without.customers.get("acme"))?.callbackTemplate).toEqual(CALLBACK);
    const [mail] = await createMailStore(database, only2).due(store.clock.now(), 5);
    expect(mail?.text).toBe("Open planted-link");
    expect((await rotateAll(after)).at(-1)).toMatchObject({ rotated: 0, freed: [] });
  });

  it("keeps what is put at the same time, whichever comes last", async () => {
    await store.customers.put("acme", {});
    const inputs = Array.from({ length: 40 }, (_, at) => ftp(`E${at}`, `old-${at}`));
    const endpoints = await Promise.all(inputs.map((input) => store.endpoints.create("acme", input)));
    const [one, other] = [process(t2), process(t2)];
    const patches = endpoints.map(({ id }, at) =>
      other.endpoints.patch(id, { transport: { type: "ftp", password: `new-${at}` } }),
    );
    let again = true;
    for (let pass = 0; again && pass < 10; pass++) {
      const sets = await rotateAll(one);
      again = sets.some(({ rotated, changed }) => rotated + changed > 0);
    }
    await Promise.all(patches);
    await rotateAll(one);
    const read = process(only2);
    for (const [at, { id }] of endpoints.entries()) {
      expect((await read.endpoints.get(id))?.transport.password).toBe(`new-${at}`);
    }
  });

  it("does not write over a row that was changed after it was read", async () => {
    await store.customers.put("acme", {});
    const { id } = await store.endpoints.create("acme", ftp("FTP", "before"));
    const after = process(t2);
    const { batchJson } = database;
    const racing: Database = {
      ...database,
      async batchJson(statements) {
        await process(t2).endpoints.patch(id, { transport: { type: "ftp", password: "put meanwhile" } });
        return batchJson(statements);
      },
    };
    const set = await createSecretKeeping(racing, t2, registry).rotate();
    expect(set).toMatchObject({ rotated: 0, changed: 1 });
    expect((await after.endpoints.get(id))?.transport.password).toBe("put meanwhile");
  });

  it("goes through many in sets, and one that was cut short is begun again", async () => {
    await store.customers.put("acme", {});
    const { id } = await store.endpoints.create("acme", ftp("FTP", "pass"));
    const copies = Array.from({ length: 2_500 }, (_, at) => [`ep_copy${at}`, id]);
    await database.batch([
      {
        sql: `WITH r(id, source) AS (:table) INSERT INTO endpoints (id, customer_id, origin, lane_id, name, state,
          state_reason, target, settings, version, created_at, updated_at)
          SELECT r.id, customer_id, origin, r.id, r.id, state, state_reason, target, settings, 1, created_at, updated_at
          FROM r JOIN endpoints e ON e.id = r.source`,
        columns: ["text", "text"],
        table: copies,
      },
    ]);
    // A ciphertext that was copied to another row does not open there: only the one that is bound to its row is rotated.
    const first = await process(t2).keeping.rotate();
    expect(first.next).not.toBeNull();
    const sets = await rotateAll(process(t2));
    expect(sets.length).toBeGreaterThan(2);
    expect(first.rotated + sets.reduce((sum, { rotated }) => sum + rotated, 0)).toBe(1);
    expect(sets.reduce((sum, { unreadable }) => sum + unreadable, 0)).toBe(2_500);
    expect(sets.at(-1)?.freed).toEqual([]);
    const { unreadable } = await process(t2).keeping.status();
    expect([unreadable.count, unreadable.first.length]).toEqual([2_500, 20]);
  });

  it("refuses a cursor that it has not given", async () => {
    await expect(process(t2).keeping.rotate("bm9uc2Vuc2U")).rejects.toMatchObject({ status: 422 });
  });
});

describe("the list of what no key opens", () => {
  async function pagesOf(limit: number) {
    const { keeping } = process(only2);
    const pages: string[][] = [];
    for (let cursor: string | undefined; ; ) {
      const page: Awaited<ReturnType<typeof keeping.listUnreadable>> = await keeping.listUnreadable({ limit, cursor });
      pages.push(page.items.map(({ kind, id, field }) => `${kind} ${id} ${field}`));
      if (page.next === null) return pages;
      cursor = page.next;
    }
  }

  it("has every one, each once, whatever the size of a page, that of a row's secrets too", async () => {
    await store.customers.put("acme", { callbackTemplate: CALLBACK });
    await store.endpoints.create("acme", http("ERP"));
    for (let at = 0; at < 30; at++) await store.endpoints.create("acme", ftp(`F${at}`, "planted-ftp"));
    await process(only2).endpoints.create("acme", ftp("Readable", "planted-new"));
    await linkMail(t1);
    const { unreadable } = await process(only2).keeping.status();
    expect([unreadable.count, unreadable.first.length]).toEqual([36, 20]);
    const [whole = []] = await pagesOf(500);
    expect(whole).toHaveLength(36);
    expect(new Set(whole).size).toBe(36);
    for (const limit of [1, 3, 7]) {
      const pages = await pagesOf(limit);
      expect(pages.flat(), `${limit}`).toEqual(whole);
      expect(Math.max(...pages.map(({ length }) => length))).toBe(limit);
    }
  });

  it("names no secret, and refuses a cursor that it has not given", async () => {
    await store.endpoints.create("acme", http("ERP")).catch(() => undefined);
    const { keeping } = process(only2);
    for (const cursor of ["bm9uc2Vuc2U", Buffer.from("users/0/x").toString("base64url")])
      await expect(keeping.listUnreadable({ limit: 5, cursor })).rejects.toMatchObject({ status: 422 });
    expect(JSON.stringify(await keeping.listUnreadable({ limit: 5 }))).not.toMatch(/planted|enc:v1/);
  });
});

describe("a start with the wrong keys", () => {
  it.each([
    ["a key that is missing", createSecrets([NEW]), /needs the key "t1"/],
    ["another key under the same id", createSecrets([key("t1", 9)]), /does not open with the key "t1"/],
  ])("is refused for %s, and names the rows, the first of them, and what to do", async (_case, keys, why) => {
    await store.customers.put("acme", { callbackTemplate: CALLBACK });
    const erp = await store.endpoints.create("acme", http("ERP"));
    for (let at = 0; at < 14; at++) await store.endpoints.create("acme", ftp(`F${at}`, "planted-ftp"));
    const mails = [await linkMail(t1)];
    for (let at = 0; at < 5; at++) mails.push(await linkMail(t1));
    const refused = refuseWrongKeys(database, keys, registry, []);
    await expect(refused).rejects.toThrow(why);
    const { message } = (await refused.catch((error: Error) => error)) as Error;
    expect(message).toContain("25 secrets cannot be read:\n  customer acme: callbackTemplate.options.email\n");
    for (const field of ["apiKey", "headers.x-token", "headers.x-other", "auth.password"]) {
      expect(message).toContain(`\n  endpoint ${erp.id}: transport.${field}\n`);
    }
    expect(message).toContain(`\n  mail ${mails[0]}: link\n`);
    expect(message).toContain("\n  and 5 more\n");
    expect(message).toContain("`waybell secrets status --all` lists every one of them.");
    expect(message).toMatch(/Nothing was started, and nothing was changed\. Give the key again/);
    expect(message).not.toContain("planted");
    expect(message).not.toContain("enc:v1");
  });

  it("goes without a key that is given up as lost: what it keeps waits, all else works", async () => {
    await store.customers.put("acme", { callbackTemplate: CALLBACK });
    const erp = await store.endpoints.create("acme", http("ERP"));
    const open = await store.endpoints.create("acme", post("Open"));
    await refuseWrongKeys(database, only2, registry, ["t1"]);
    const { endpoints, customers, keeping } = process(only2);
    expect(await endpoints.get(open.id)).toMatchObject({ state: "active" });
    expect(await endpoints.get(erp.id)).toMatchObject({
      state: "disabled",
      problem: expect.stringContaining('needs the key "t1"'),
      transport: { url: "https://erp.example.com/hook", apiKey: "********" },
    });
    const callback = await endpoints.callbacks((await customers.get("acme")) as never, ["https://cb.example.com/a"]);
    expect(callback[0]).toMatchObject({ state: "disabled", problem: expect.stringContaining("callbackTemplate") });
    // Set anew, it is readable again, and once nothing is under the lost key a start asks for it no more.
    await endpoints.patch(erp.id, { transport: http("ERP").transport });
    await customers.put("acme", { callbackTemplate: CALLBACK });
    expect(await endpoints.get(erp.id)).toMatchObject({ state: "active", transport: http("ERP").transport });
    expect(
      (await endpoints.callbacks((await customers.get("acme")) as never, ["https://cb.example.com/a"]))[0],
    ).toMatchObject({ state: "active" });
    expect((await keeping.rotate()).freed).toEqual(["t1"]);
    await refuseWrongKeys(database, only2, registry, []);
  });
});

describe("secrets that cannot be read", () => {
  it("unreadable key + PUT of masks (********) overwrites nothing: the secrets are there when the key is back", async () => {
    await store.customers.put("acme", { name: "Acme", callbackTemplate: CALLBACK });
    const { customers } = process(only2);
    const shown = await customers.get("acme");
    expect(shown).toMatchObject({
      callbackTemplate: { options: { email: "********" } },
      callbackProblem: expect.anything(),
    });
    const { customer } = await customers.put("acme", {
      name: "New name",
      callbackTemplate: { ...CALLBACK, options: { email: "********" } },
    });
    expect(customer).toMatchObject({ name: "New name", callbackProblem: expect.anything() });
    expect(await process(t1).customers.get("acme")).toMatchObject({ name: "New name", callbackTemplate: CALLBACK });
  });

  it("takes no mask where there is nothing that it stands for", async () => {
    const masked = { name: "trackingmore", options: { email: "********" } };
    await expect(store.customers.put("acme", { callbackTemplate: masked })).rejects.toMatchObject({ status: 422 });
    await store.customers.put("acme", { callbackTemplate: CALLBACK });
    const { endpoints, customers } = process(only2);
    const other = { callbackTemplate: { name: "standard", options: {} } };
    expect((await customers.put("acme", other)).customer).not.toHaveProperty("callbackProblem");
    await expect(customers.put("acme", { callbackTemplate: masked })).rejects.toMatchObject({ status: 422 });
    const erp = await store.endpoints.create("acme", http("ERP"));
    const before = await stored();
    for (const patch of [
      { name: "Other" },
      { transport: { type: "http-post", apiKey: "********" } },
      { transport: { type: "http-post", url: "https://other.example.com/" } },
    ]) {
      await expect(endpoints.patch(erp.id, patch)).rejects.toMatchObject({ status: 422 });
    }
    expect(await stored()).toBe(before);
  });
});
