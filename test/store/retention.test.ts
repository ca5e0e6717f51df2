import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Commits } from "../../src/store/commits.js";
import { createContents, newContent } from "../../src/store/contents.js";
import type { Database } from "../../src/store/database.js";
import { createEvents } from "../../src/store/events.js";
import { deleteLoose, forgetPayloads } from "../../src/store/forgetting.js";
import { publishing } from "../../src/store/publishing.js";
import { forgetOld } from "../../src/store/retention.js";
import { attemptsOf } from "../support/attempts.js";
import { openTestDatabase, type TestDatabase } from "../support/databases.js";

const PICTURE = newContent("data:image/png;base64,AAAA");
const DAY = 86_400_000;
const SHARED = newContent("data:image/png;base64,BBBB");

describe("retention", () => {
  let test: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    test = await openTestDatabase();
    ({ database } = test);
  });
  afterEach(() => test.close());

  /** As a service does that keeps events for a day. */
  async function forgetBefore(before: number): Promise<number> {
    return (await forgetOld(database, { retentionDays: 1, payloadDays: null }, before + DAY)).events;
  }
  const later = DAY + 3_600_000;

  async function publish(
    id: string,
    receivedAt: number,
    pictures = [PICTURE],
    contents = pictures,
    customer = "acme",
  ): Promise<void> {
    await new Commits(database).add(publishing, {
      events: [
        {
          id: `evt_${id}`,
          customer,
          externalId: id,
          contentHash: "",
          order: "A1",
          barcode: "",
          container: "",
          statusCode: "take",
          status: "PROCESSING",
          statusTime: receivedAt,
          receivedAt,
          body: { pictures: pictures.map(({ data: _data, ...ref }) => ref) },
        },
      ],
      deliveries: [
        {
          id: `dlv_${id}`,
          eventId: `evt_${id}`,
          endpointId: "ep",
          laneId: "ep",
          customer,
          order: "A1",
          createdAt: receivedAt,
          dueAt: receivedAt,
          expiresAt: receivedAt,
        },
      ],
      contents,
      also: [],
    });
  }
  const finish = (id: string) =>
    database.prisma.delivery.update({ where: { id: `dlv_${id}` }, data: { state: "delivered" } });

  it("deletes old events with all that hangs on them, and leaves newer ones and their pictures", async () => {
    await publish("old", 1_000, [PICTURE, SHARED]);
    await publish("new", 9_000, [SHARED]);
    await finish("old");
    await finish("new");
    await database.prisma.attempt.create({ data: { delivery_id: "dlv_old", number: 1, report: "{}" } });
    await database.prisma.fileName.create({
      data: { place: "p", folded: "f", base: "f", number: 1, delivery_id: "dlv_old" },
    });
    expect(await forgetBefore(5_000)).toBe(1);
    expect(await database.prisma.event.findMany({ select: { id: true } })).toEqual([{ id: "evt_new" }]);
    expect(await database.prisma.delivery.count()).toBe(1);
    expect(await database.prisma.attempt.count()).toBe(0);
    expect(await database.prisma.fileName.count()).toBe(0);
    await deleteLoose(database, later);
    const kept = await database.prisma.contentChunk.findMany({ select: { sha256: true } });
    expect(kept).toEqual([{ sha256: SHARED.sha256 }]);
  });

  it("leaves the picture of an event that is published while the last one that held it is deleted", async () => {
    await publish("old", 1_000);
    await finish("old");
    const contents = createContents(database);
    const before = await contents.missing([PICTURE]);
    expect(before).toEqual([]);
    expect(await forgetBefore(4_000)).toBe(1);
    // One that has looked before relies on what it saw; one that looks now brings the picture again.
    expect(await contents.missing([PICTURE])).toEqual([PICTURE]);
    await publish("new", 9_000, [PICTURE], before);
    await deleteLoose(database, later);
    expect(await database.prisma.contentChunk.count({ where: { sha256: PICTURE.sha256 } })).toBe(1);
    expect(await contents.missing([PICTURE])).toEqual([]);
  });

  it("never touches an event with a pending delivery, however old", async () => {
    await publish("old", 1_000);
    expect(await forgetBefore(5_000)).toBe(0);
    expect(await database.prisma.event.count()).toBe(1);
  });

  it("passes old events that are still pending, and deletes those behind them", async () => {
    for (let at = 0; at < 250; at++) await publish(`p${at}`, 1_000);
    await publish("old", 1_000);
    await publish("older", 999);
    await finish("old");
    await finish("older");
    expect(await forgetBefore(5_000)).toBe(2);
    expect(await database.prisma.event.count()).toBe(250);
  });

  it("comes back to what was retried just when its time came", async () => {
    await publish("old", 1_000);
    await finish("old");
    const retried: Database = {
      ...database,
      async json<T>(sql: string, ...args: Parameters<Database["json"]>[1][]): Promise<T> {
        const found = await database.json<T>(sql, ...args);
        const again = { where: { id: "dlv_old" }, data: { state: "pending" } };
        if (sql.includes("'ready'") && sql.includes("received_at <")) await database.prisma.delivery.update(again);
        return found;
      },
    };
    const terms = { retentionDays: 1, payloadDays: null };
    expect((await forgetOld(retried, terms, 5_000 + DAY)).events).toBe(0);
    await finish("old");
    expect((await forgetOld(database, terms, 5_000 + DAY)).events).toBe(1);
  });

  it("goes through more events than one set holds", async () => {
    for (let at = 0; at < 450; at++) await publish(String(at), 1_000 + at);
    await database.prisma.delivery.updateMany({ data: { state: "failed" } });
    expect(await forgetBefore(5_000)).toBe(450);
    expect(await deleteLoose(database, later)).toBe(1);
    expect(await database.prisma.contentChunk.count()).toBe(0);
  });

  it("keeps what came loose for ten minutes, and what is published again with it for good", async () => {
    const large = newContent(`data:image/png;base64,${"C".repeat(3_000_000)}`);
    await publish("old", 1_000, [large]);
    await finish("old");
    expect(await forgetBefore(5_000)).toBe(1);
    const at = 5_000 + DAY;
    expect(await deleteLoose(database, at + 599_999)).toBe(0);
    expect(await database.prisma.contentChunk.count()).toBe(12);
    // Half of it is gone already when the picture comes again.
    await database.prisma.contentChunk.deleteMany({ where: { seq: { lt: 8 } } });
    const contents = createContents(database);
    await publish("new", 9_000, [large], await contents.missing([large]));
    expect(await deleteLoose(database, at + 3_600_000)).toBe(0);
    expect(await database.prisma.contentChunk.count()).toBe(12);
    expect(await database.prisma.looseContent.count()).toBe(0);
  });

  describe("by customer", () => {
    async function put(id: string, days: { retention_days?: number; payload_days?: number }) {
      const data = { name: id, emails: "[]", language: "en", callback_template: "{}", created_at: 0, updated_at: 0 };
      await database.prisma.customer.upsert({ where: { id }, create: { id, ...data, ...days }, update: days });
    }
    const left = async () =>
      (await database.prisma.event.findMany({ orderBy: { id: "asc" } })).map(({ id, payload_forgotten_at }) =>
        payload_forgotten_at === null ? id : `${id} forgotten`,
      );
    const run = (days: number, defaults: Parameters<typeof forgetOld>[1]) => forgetOld(database, defaults, days * DAY);

    it("goes by the customer's own days, else by the service's, else never", async () => {
      await put("short", { retention_days: 10 });
      await put("long", { retention_days: 1_000 });
      for (const customer of ["short", "long", "other"]) {
        for (const day of [1, 50]) {
          await publish(`${customer}${day}`, day * DAY, [], [], customer);
          await finish(`${customer}${day}`);
        }
      }
      expect(await run(55, { retentionDays: null, payloadDays: null })).toEqual({ events: 1, payloads: 0 });
      expect(await run(95, { retentionDays: 60, payloadDays: null })).toEqual({ events: 2, payloads: 0 });
      expect(await left()).toEqual(["evt_long1", "evt_long50", "evt_other50"]);
      // What was passed already is found again when a customer's days are fewer.
      await put("long", { retention_days: 60 });
      expect(await run(96, { retentionDays: 60, payloadDays: null })).toEqual({ events: 1, payloads: 0 });
      expect(await run(1_002, { retentionDays: null, payloadDays: null })).toEqual({ events: 1, payloads: 0 });
      expect(await left()).toEqual(["evt_other50"]);
    });

    it("comes back to what was pending when its time came", async () => {
      await put("short", { retention_days: 10, payload_days: 5 });
      await publish("a", DAY, [], [], "short");
      await publish("b", DAY, [], [], "short");
      const none = { retentionDays: null, payloadDays: null };
      expect(await run(8, none)).toEqual({ events: 0, payloads: 0 });
      await finish("a");
      expect(await run(8, none)).toEqual({ events: 0, payloads: 1 });
      expect(await left()).toEqual(["evt_a forgotten", "evt_b"]);
      expect(await run(20, none)).toEqual({ events: 1, payloads: 0 });
      await finish("b");
      expect(await run(20, none)).toEqual({ events: 1, payloads: 0 });
      expect(await left()).toEqual([]);
    });

    it("forgets payloads apart from the record, which says who, when, how, hash, size, and when it was forgotten", async () => {
      await put("acme", { payload_days: 5 });
      await publish("a", DAY, [PICTURE, SHARED]);
      await publish("b", 9 * DAY, [SHARED]);
      await finish("a");
      await finish("b");
      await database.batch([
        { sql: `UPDATE events SET body = json_merged(body, '{"comment":"a secret","reference":"R1"}')`, args: [] },
      ]);
      const report = {
        outcome: "delivered",
        code: "200",
        response: "thanks, Jan",
        sent: { bytes: 5, contentType: "text/plain", fileName: null },
      };
      const attempt = { number: 1, sha256: "ab", body: "to Jan", report: JSON.stringify(report) };
      await database.prisma.attempt.create({ data: { delivery_id: "dlv_a", ...attempt } });
      await database.prisma.attempt.create({ data: { delivery_id: "dlv_b", ...attempt } });
      expect(await run(10, { retentionDays: null, payloadDays: null })).toEqual({ events: 0, payloads: 1 });
      await deleteLoose(database, 11 * DAY);
      expect(await createContents(database).missing([PICTURE, SHARED])).toEqual([PICTURE]);
      const events = createEvents(database);
      expect(await events.get("evt_a")).toMatchObject({
        comment: "",
        reference: "R1",
        payloadForgottenAt: 10 * DAY,
        pictures: [{ sha256: PICTURE.sha256, length: PICTURE.length }, { sha256: SHARED.sha256 }],
      });
      expect(await events.get("evt_b")).toMatchObject({ comment: "a secret" });
      expect(await events.get("evt_b")).not.toHaveProperty("payloadForgottenAt");
      const [forgotten] = await attemptsOf(database, "dlv_a");
      expect(forgotten).toMatchObject({
        outcome: "delivered",
        code: "200",
        response: "",
        sent: { body: "", sha256: "ab", bytes: 5 },
        forgottenAt: 10 * DAY,
      });
      expect((await attemptsOf(database, "dlv_b"))[0]?.sent?.body).toBe("to Jan");
      // Rendered as the past of another event, it names no picture that nobody can open.
      const past = await events.before({ id: "evt_b", customer: "acme", order: "A1", statusTime: 9 * DAY });
      expect(past.map(({ body }) => body.pictures)).toEqual([undefined]);
    });
  });

  describe("of batches", () => {
    const report = (keeper: string) =>
      JSON.stringify({ batch: { id: "bat_1", events: 3, keeper }, sent: { bytes: 3 } });
    async function batch(): Promise<void> {
      for (const [at, id] of ["a", "b", "c"].entries()) {
        await publish(id, 1_000 + at * 10_000, []);
        await finish(id);
        const own = id === "a";
        const kept = { body: own ? "[1,2,3]" : null, keeper: own ? null : "dlv_a" };
        const data = { delivery_id: `dlv_${id}`, number: 1, sha256: "abc", report: report("dlv_a"), ...kept };
        await database.prisma.attempt.create({ data });
      }
    }
    const bodyOf = async (id: string) => (await attemptsOf(database, `dlv_${id}`))[0]?.sent?.body;

    it("hands a batch's kept body on when the delivery that keeps it is deleted and others of it remain", async () => {
      await batch();
      expect(await bodyOf("c")).toBe("[1,2,3]");
      expect(await forgetBefore(5_000)).toBe(1);
      expect([await bodyOf("b"), await bodyOf("c")]).toEqual(["[1,2,3]", "[1,2,3]"]);
      expect(await forgetBefore(15_000)).toBe(1);
      expect(await bodyOf("c")).toBe("[1,2,3]");
      expect(await forgetBefore(25_000)).toBe(1);
      expect(await database.prisma.attempt.count()).toBe(0);
    });

    it("knows who keeps the bodies of batches that an earlier version recorded", async () => {
      await batch();
      await database.prisma.attempt.updateMany({ data: { keeper: null } });
      // Until then it is read by what the report says.
      expect(await bodyOf("c")).toBe("[1,2,3]");
      const file = `prisma/migrations/${database.kind}/0004_keeping/migration.sql`;
      const [sql = ""] = /^UPDATE "attempts"[^;]*/m.exec(readFileSync(file, "utf8")) ?? [];
      await database.batch([{ sql, args: [] }]);
      const attempts = await database.prisma.attempt.findMany({ orderBy: { delivery_id: "asc" } });
      expect(attempts.map(({ keeper }) => keeper)).toEqual([null, "dlv_a", "dlv_a"]);
      expect(await forgetBefore(5_000)).toBe(1);
      expect([await bodyOf("b"), await bodyOf("c")]).toEqual(["[1,2,3]", "[1,2,3]"]);
    });

    it("hands it on when its payload is forgotten", async () => {
      await batch();
      await forgetPayloads(database, ["evt_a"], 50_000);
      expect([await bodyOf("a"), await bodyOf("b"), await bodyOf("c")]).toEqual(["", "[1,2,3]", "[1,2,3]"]);
    });
  });
});
