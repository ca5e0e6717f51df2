import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAudit } from "../../src/store/audit.js";
import { contentStatements, newContent } from "../../src/store/contents.js";
import { deleteLoose } from "../../src/store/forgetting.js";
import { createOrders } from "../../src/store/orders.js";
import { createPurges, orderHash, type Purges } from "../../src/store/purges.js";
import type { Endpoint } from "../../src/types.js";
import { attemptsOf } from "../support/attempts.js";
import { addDelivery, addEvent, addMany, by, openStore, post, registry, type Store } from "./kit.js";
import { failureOf, linkMail, mailAbout } from "./purge-kit.js";

const NEVER = () => false;
const own = newContent("data:image/png;base64,T1dO");
const shared = newContent("data:image/png;base64,U0hBUkVE");
const ref = ({ data: _data, ...content }: typeof own) => content;

let store: Store;
let purges: Purges;
let erp: Endpoint;

beforeEach(async () => {
  store = await openStore();
  purges = createPurges(store);
  for (const id of ["acme", "other"]) await store.customers.put(id, {});
  erp = await store.endpoints.create("acme", post());
});
afterEach(() => store.close());

const rows = (table: string, where = "true") =>
  store.database.json<number>(`SELECT count(*) FROM ${table} WHERE ${where}`);
const idsOf = (table: string) => store.database.json<string[]>(`SELECT json_group_array(id) FROM ${table}`);

/** The waiting mails: alerts by id, links by what they are. */
const kinds = async () => (await idsOf("mails")).map((id) => (/^mail_.$/.test(id) ? id : "sign-in")).sort();

async function attempt(delivery: string, body: string | null, more: object = {}): Promise<void> {
  const report = { outcome: "delivered", code: "200", response: "Dear Jan", sent: { bytes: 3 }, ...more };
  await store.database.prisma.attempt.create({
    data: { delivery_id: delivery, number: 1, sha256: "ab", body, report: JSON.stringify(report) },
  });
}

/** An order A1 with all that can hang on one, beside an order A2. */
async function fill() {
  const orders = createOrders({ ...store, registry });
  const details = { recipient: { name: "Jan Janssens" } };
  const endpoints = [post("Own", "https://own.example.com/")];
  await orders.put("acme", "A1", { details, callbackUrls: ["https://cb.example.com/A1"], endpoints });
  await orders.put("acme", "A2", { details, callbackUrls: [] });
  const customer = await store.endpoints.requireCustomer("acme");
  const [callback] = await store.endpoints.callbacks(customer, ["https://cb.example.com/A1"]);
  await store.database.batch(contentStatements([own, shared]));
  const one = await addEvent(store, { order: "A1", body: { comment: "for Jan", pictures: [ref(own), ref(shared)] } });
  const two = await addEvent(store, { order: "A2", body: { pictures: [ref(shared)] } });
  const sent = await addDelivery(store, erp, one, { state: "delivered" });
  const waits = await addDelivery(store, callback as Endpoint, one);
  const other = await addDelivery(store, erp, two, { state: "delivered" });
  const theirs = await addEvent(store, { customer: "other", order: "A1" });
  await attempt(sent, "to Jan");
  await attempt(other, "to Piet");
  await mailAbout(store, "mail_1", ["A2", "A1"], erp.laneId);
  await mailAbout(store, "mail_2", ["A2", "XA1", "A12"], erp.laneId);
  await linkMail(store, "ops@example.com");
  await store.database.batch([
    { sql: "UPDATE lanes SET failure_text = ? WHERE id = ?", args: [failureOf("A1"), erp.id] },
  ]);
  return { one, two, sent, waits, other, theirs };
}

describe("the audit log after a purge", () => {
  const entries = () =>
    store.database.json<unknown[]>(
      "SELECT json_group_array(json_array(operation, subject, after)) FROM (SELECT * FROM audit ORDER BY id) AS all_",
    );
  const change = (operation: string, subject: string, after: object, customer: string | null = "acme") =>
    createAudit(store.database, store.clock).write(by(operation), { customer, subject, before: null, after });

  it("still says that an order was changed, by whom and when, but neither which nor how", async () => {
    await fill();
    await change("putOrder", "A1", { recipient: "Jan" });
    await change("putOrder", "A2", { recipient: "Piet" });
    await change("retryDeliveries", "acme", { filter: { order: "A1" } });
    await change("requestPurge", "pur_1", { orderHash: orderHash("acme", "A1") });
    await change("putOrder", "A1", { recipient: "Els" }, "other");
    await purges.request({ customer: "acme", order: "A1" }, "ticket 7");
    await purges.run(NEVER);
    expect(await entries()).toEqual([
      ["putOrder", "purged", null],
      ["putOrder", "A2", JSON.stringify({ recipient: "Piet" })],
      ["retryDeliveries", "purged", null],
      ["requestPurge", "pur_1", JSON.stringify({ orderHash: orderHash("acme", "A1") })],
      ["putOrder", "A1", JSON.stringify({ recipient: "Els" })],
    ]);
  });

  it("names an order in no writing, nor in a change that was about all customers", async () => {
    const order = 'No "7"_ä\\';
    const endpoint = await store.endpoints.create("acme", post("Files"));
    await addDelivery(store, endpoint, await addEvent(store, { order }), { state: "delivered" });
    const failed = {
      sql: "UPDATE lanes SET failure_text = ? WHERE id = ?",
      args: [failureOf(order), endpoint.id],
    };
    await store.database.batch([failed]);
    await change("putOrder", order, { title: order });
    await change("retryDeliveries", "deliveries", { filter: { order } }, null);
    await change("retryDeliveries", "deliveries", { filter: { order: "A2" } }, null);
    await change("patchEndpoint", endpoint.id, { text: order, long: "x".repeat(20_000) });
    await purges.request({ customer: "acme", order }, "ticket 9");
    await purges.run(NEVER);
    expect(await rows("lanes", "failure_text <> ''")).toBe(0);
    expect(await entries()).toEqual([
      ["putOrder", "purged", null],
      ["retryDeliveries", "purged", null],
      ["retryDeliveries", "deliveries", JSON.stringify({ filter: { order: "A2" } })],
      ["patchEndpoint", "purged", null],
    ]);
  });

  it("names nothing of a customer but the purge itself", async () => {
    await fill();
    await change("putOrder", "A1", { recipient: "Jan" });
    await change("requestPurge", "pur_1", { orderHash: null });
    await purges.request({ customer: "acme" }, "ticket 8");
    await purges.run(NEVER);
    expect(await entries()).toEqual([
      ["putOrder", "purged", null],
      ["requestPurge", "pur_1", JSON.stringify({ orderHash: null })],
    ]);
  });
});

describe("purge of an order", () => {
  it("counts what there is, and changes nothing", async () => {
    await fill();
    const counts = { events: 1, deliveries: 2, canceled: 1, attempts: 1, orders: 1, endpoints: 1, mails: 1 };
    expect(await purges.count({ customer: "acme", order: "A1" })).toEqual(counts);
    expect([await rows("events"), await rows("mails"), await rows("purges")]).toEqual([3, 3, 0]);
  });

  it("deletes all of it, and nothing else, and keeps a record without it", async () => {
    const { two, other, theirs } = await fill();
    const { id } = await purges.request({ customer: "acme", order: "A1" }, "ticket 7");
    expect(await purges.request({ customer: "acme", order: "A1" }, "again")).toMatchObject({
      id,
      requestedBy: "ticket 7",
    });
    expect(await purges.run(NEVER)).toEqual([]);
    expect((await idsOf("events")).sort()).toEqual([two.id, theirs.id].sort());
    expect(await idsOf("deliveries")).toEqual([other]);
    expect(await rows("attempts")).toBe(1);
    expect(await rows("orders", "number = 'A1'")).toBe(0);
    expect(await rows("orders", "number = 'A2'")).toBe(1);
    expect((await idsOf("endpoints")).sort()).toEqual([erp.id]);
    expect(await rows("lanes", "id LIKE 'ep_%'")).toBe(1);
    expect(await kinds()).toEqual(["mail_2", "sign-in"]);
    expect(await rows("lanes", "failure_text LIKE '%A1%'")).toBe(0);
    const record = await purges.get(id);
    expect(record).toMatchObject({
      customer: "acme",
      orderHash: orderHash("acme", "A1"),
      requestedBy: "ticket 7",
      finishedAt: null,
      counts: { events: 1, deliveries: 2, canceled: 1, attempts: 1, orders: 1, endpoints: 2, mails: 1 },
    });
    expect(
      JSON.stringify(await store.database.prisma.purge.findMany(), (_key, value) =>
        typeof value === "bigint" ? Number(value) : value,
      ),
    ).not.toContain('"A1"');
    // Pictures that nobody else holds go a little later; until then the record says that it is not over.
    expect(await rows("content_chunks")).toBe(2);
    await store.clock.advance(600_001);
    expect(await purges.run(NEVER)).toMatchObject([{ id, finishedAt: store.clock.now() }]);
    expect(await store.database.json("SELECT json_group_array(sha256) FROM content_chunks")).toEqual([shared.sha256]);
    expect(await purges.run(NEVER)).toEqual([]);
  });

  it("waits for what is being sent, and cancels what comes back", async () => {
    const { waits } = await fill();
    await store.database.batch([{ sql: "UPDATE deliveries SET state = 'sending' WHERE id = ?", args: [waits] }]);
    const { id } = await purges.request({ customer: "acme", order: "A1" }, "admin");
    await purges.run(NEVER);
    expect(await purges.get(id)).toMatchObject({ emptiedAt: null, counts: { events: 0, canceled: 0 } });
    expect(await idsOf("deliveries")).toContain(waits);
    await store.database.batch([{ sql: "UPDATE deliveries SET state = 'pending' WHERE id = ?", args: [waits] }]);
    await purges.run(NEVER);
    expect(await purges.get(id)).toMatchObject({ emptiedAt: expect.any(Number), counts: { events: 1, canceled: 1 } });
  });

  it("leaves what is published after it was asked for", async () => {
    await fill();
    await purges.request({ customer: "acme", order: "A1" }, "admin");
    await store.clock.advance(1);
    const later = await addEvent(store, { order: "A1" });
    await purges.run(NEVER);
    expect(await idsOf("events")).toContain(later.id);
  });

  it("forgets what others of a batch share with it, whoever keeps it", async () => {
    const batch = { batch: { id: "bat_1", events: 2, keeper: "" } };
    const made: string[] = [];
    for (const order of ["B1", "B2", "B3"]) {
      made.push(await addDelivery(store, erp, await addEvent(store, { order }), { state: "delivered" }));
    }
    const [first = "", second = "", third = ""] = made;
    await attempt(first, "[B1, B2, B3]", { ...batch, batch: { ...batch.batch, keeper: first } });
    for (const id of [second, third]) {
      await attempt(id, null, { ...batch, batch: { ...batch.batch, keeper: first } });
      await store.database.batch([{ sql: "UPDATE attempts SET keeper = ? WHERE delivery_id = ?", args: [first, id] }]);
    }
    await purges.request({ customer: "acme", order: "B2" }, "admin");
    await purges.run(NEVER);
    for (const id of [first, third]) {
      const [left] = await attemptsOf(store.database, id);
      expect(left).toMatchObject({ response: "", sent: { body: "", sha256: "ab" }, forgottenAt: store.clock.now() });
    }
  });

  it("is refused for what is not there, and goes on where it was cut short", async () => {
    await expect(purges.request({ customer: "acme", order: "Z9" }, "admin")).rejects.toMatchObject({ status: 404 });
    await expect(purges.request({ customer: "nobody" }, "admin")).rejects.toMatchObject({ status: 404 });
    await addMany(store, erp, 450);
    const { id } = await purges.request({ customer: "acme" }, "admin");
    let looks = 0;
    await purges.run(() => ++looks > 2);
    const part = await purges.get(id);
    expect(part).toMatchObject({ emptiedAt: null });
    expect(part?.counts.events).toBeLessThan(450);
    await purges.run(NEVER);
    expect(await purges.get(id)).toMatchObject({ counts: { events: 450, deliveries: 450, canceled: 450 } });
  });
});

it("purge of a customer leaves what a new customer of its id is told of while it goes on", async () => {
  await addMany(store, erp, 250);
  const { database } = store;
  let isNew = false;
  const watched: typeof database = {
    ...database,
    async json<T>(sql: string, ...args: Parameters<typeof database.json>[1][]): Promise<T> {
      if (!isNew && sql.includes("seen AS") && (await rows("events", "customer_id = 'acme'")) < 250) {
        isNew = true;
        await store.clock.advance(1);
        await store.customers.put("acme", {});
        await addEvent(store, { order: "new" });
      }
      return database.json<T>(sql, ...args);
    },
  };
  purges = createPurges({ ...store, database: watched });
  await purges.request({ customer: "acme" }, "admin");
  await purges.run(NEVER);
  expect(isNew).toBe(true);
  expect(await rows("events", "customer_id = 'acme'")).toBe(1);
  expect(await rows("events", "order_number = 'new'")).toBe(1);
});

it("purge of a customer takes the customer, its settings and all its history, and leaves other customers", async () => {
  const { theirs } = await fill();
  const { id } = await purges.request({ customer: "acme" }, "admin");
  await purges.run(NEVER);
  expect(await store.customers.get("acme")).toBeNull();
  expect(await idsOf("events")).toEqual([theirs.id]);
  for (const table of ["deliveries", "attempts", "orders", "endpoints", "lanes"])
    expect(await rows(table), table).toBe(0);
  expect(await kinds()).toEqual(["sign-in"]);
  await deleteLoose(store.database, store.clock.now() + 600_001);
  expect(await rows("content_chunks")).toBe(0);
  await store.clock.advance(1);
  expect(await purges.run(NEVER)).toMatchObject([
    { id, orderHash: null, counts: { events: 2, orders: 2, canceled: 1 } },
  ]);
  // The same id may be used again, by a customer that is another one.
  await store.customers.put("acme", {});
  await addEvent(store, {});
  expect(await rows("events")).toBe(2);
  expect((await purges.list({})).items.map((purge) => purge.id)).toEqual([id]);
});
