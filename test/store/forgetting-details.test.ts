import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forgetOld, type KeepingDefaults } from "../../src/store/retention.js";
import { openTestDatabase, type TestDatabase } from "../support/databases.js";

const DAY = 86_400_000;
const NEVER: KeepingDefaults = { retentionDays: null, payloadDays: null };
const DETAILS = JSON.stringify({ recipient: { name: "Jan Jansen" } });

describe("the details of orders", () => {
  let test: TestDatabase;

  beforeEach(async () => {
    test = await openTestDatabase();
  });
  afterEach(() => test.close());

  const order = (customer: string, number: string, updatedAt: number, details = DETAILS) =>
    test.database.prisma.order.create({
      data: {
        customer_id: customer,
        number,
        details,
        callback_urls: '["https://a.example/"]',
        created_at: 0,
        updated_at: updatedAt,
      },
    });
  const event = (id: string, customer: string, number: string, receivedAt: number) =>
    test.database.prisma.event.create({
      data: {
        id,
        customer_id: customer,
        content_hash: "",
        order_number: number,
        barcode: "",
        container: "",
        status_code: "take",
        status: "PROCESSING",
        status_time: receivedAt,
        received_at: receivedAt,
        body: "{}",
      },
    });
  const customer = (id: string, terms: { payload_days?: number; retention_days?: number }) =>
    test.database.prisma.customer.create({
      data: {
        id,
        name: id,
        emails: "[]",
        language: "en",
        callback_template: "{}",
        created_at: 0,
        updated_at: 0,
        ...terms,
      },
    });
  const forget = (day: number, defaults = NEVER) => forgetOld(test.database, defaults, day * DAY);
  const known = async () =>
    (await test.database.prisma.order.findMany({ where: { details: DETAILS }, orderBy: { number: "asc" } })).map(
      ({ number }) => number,
    );

  it("are forgotten with the payloads of their events, and not before the last of them", async () => {
    await order("acme", "A1", 2 * DAY);
    await event("evt_1", "acme", "A1", DAY);
    await event("evt_2", "acme", "A1", 2 * DAY);
    await forget(6.5, { retentionDays: 30, payloadDays: 5 });
    expect(await known()).toEqual(["A1"]);
    await forget(7.5, { retentionDays: 30, payloadDays: 5 });
    expect(await known()).toEqual([]);
    expect(await test.database.prisma.order.findFirst()).toMatchObject({
      details: "{}",
      callback_urls: '["https://a.example/"]',
    });
  });

  it("stay while an event of the order is pending or newer, and while something new is said of the order", async () => {
    await order("acme", "A1", DAY);
    await event("evt_1", "acme", "A1", 9 * DAY);
    await order("acme", "A2", 9 * DAY);
    await order("acme", "A3", DAY);
    await forget(10, { retentionDays: 5, payloadDays: null });
    expect(await known()).toEqual(["A1", "A2"]);
  });

  it("go by the customer's own days, else by the service's, else stay for ever", async () => {
    await customer("short", { payload_days: 2 });
    await customer("long", { retention_days: 100, payload_days: 50 });
    for (const [at, name] of ["short", "long", "other"].entries()) await order(name, `A${at}`, DAY);
    await forget(10);
    expect(await known()).toEqual(["A1", "A2"]);
    await forget(20, { retentionDays: 10, payloadDays: 90 });
    expect(await known()).toEqual(["A1"]);
    await forget(60);
    expect(await known()).toEqual([]);
  });

  it("are forgotten beyond those of one look", async () => {
    const rows = Array.from({ length: 1_200 }, (_, at) => ["acme", `A${at}`, DETAILS, "[]", 0, DAY + (at % 3)]);
    await test.database.batch([
      {
        sql: `WITH r(c, n, d, u, a, b) AS (:table) INSERT INTO orders
          (customer_id, number, details, callback_urls, created_at, updated_at) SELECT c, n, d, u, a, b FROM r`,
        columns: ["text", "text", "text", "text", "integer", "integer"],
        table: rows,
      },
    ]);
    await forget(10, { retentionDays: 5, payloadDays: null });
    expect(await known()).toEqual([]);
  });
});
