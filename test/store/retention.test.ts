import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Commits } from "../../src/store/commits.js";
import { createContents, newContent } from "../../src/store/contents.js";
import type { Database } from "../../src/store/database.js";
import { publishing } from "../../src/store/publishing.js";
import { forgetBefore } from "../../src/store/retention.js";
import { openTestDatabase, type TestDatabase } from "../support/databases.js";

const PICTURE = newContent("data:image/png;base64,AAAA");
const SHARED = newContent("data:image/png;base64,BBBB");

describe("retention", () => {
  let test: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    test = await openTestDatabase();
    ({ database } = test);
  });
  afterEach(() => test.close());

  async function publish(id: string, receivedAt: number, pictures = [PICTURE], contents = pictures): Promise<void> {
    await new Commits(database).add(publishing, {
      events: [
        {
          id: `evt_${id}`,
          customer: "acme",
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
          customer: "acme",
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
    expect(await forgetBefore(database, 5_000)).toBe(1);
    expect(await database.prisma.event.findMany({ select: { id: true } })).toEqual([{ id: "evt_new" }]);
    expect(await database.prisma.delivery.count()).toBe(1);
    expect(await database.prisma.attempt.count()).toBe(0);
    expect(await database.prisma.fileName.count()).toBe(0);
    const kept = await database.prisma.contentChunk.findMany({ select: { sha256: true } });
    expect(kept).toEqual([{ sha256: SHARED.sha256 }]);
  });

  it("leaves the picture of an event that is published while the last one that held it is deleted", async () => {
    await publish("old", 1_000);
    await finish("old");
    const contents = createContents(database, () => 5_000);
    const missing = await contents.missing([PICTURE]);
    expect(await forgetBefore(database, 4_000)).toBe(1);
    await publish("new", 9_000, [PICTURE], missing);
    expect(await database.prisma.contentChunk.count({ where: { sha256: PICTURE.sha256 } })).toBe(1);
    expect(await contents.missing([PICTURE])).toEqual([]);
  });

  it("never touches an event with a pending delivery, however old", async () => {
    await publish("old", 1_000);
    expect(await forgetBefore(database, 5_000)).toBe(0);
    expect(await database.prisma.event.count()).toBe(1);
  });

  it("passes old events that are still pending, and deletes those behind them", async () => {
    for (let at = 0; at < 250; at++) await publish(`p${at}`, 1_000);
    await publish("old", 1_000);
    await publish("older", 999);
    await finish("old");
    await finish("older");
    expect(await forgetBefore(database, 5_000)).toBe(2);
    expect(await database.prisma.event.count()).toBe(250);
  });

  it("goes through more events than one set holds", async () => {
    for (let at = 0; at < 450; at++) await publish(String(at), 1_000 + at);
    await database.prisma.delivery.updateMany({ data: { state: "failed" } });
    expect(await forgetBefore(database, 5_000)).toBe(450);
    expect(await database.prisma.contentChunk.count()).toBe(0);
  });
});
