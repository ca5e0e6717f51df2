import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newDelivery } from "../../src/delivery/new-delivery.js";
import { InputError, StoreUnavailableError } from "../../src/errors.js";
import { post } from "../store/kit.js";
import { item, openRoad, type Road } from "./kit.js";

const PNG = "data:image/png;base64,iVBORw0KGgo=";

let road: Road;

beforeEach(async () => {
  road = await openRoad();
  await road.customers.put("acme", {});
});
afterEach(() => road.close());

/** What publishing refuses these with. */
async function refusal(...items: unknown[]): Promise<InputError> {
  const error = await road.publisher.publish(items).then(
    () => new Error("published, though it should not have been"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof InputError)) throw error;
  return error;
}

const counts = () =>
  road.database.json<{ events: number; deliveries: number; contents: number }>(
    `SELECT json_object('events', (SELECT count(*) FROM events), 'deliveries', (SELECT count(*) FROM deliveries),
      'contents', (SELECT count(DISTINCT sha256) FROM content_chunks))`,
  );

describe("an id that was published before", () => {
  it("is a duplicate with the same content, and nothing new is made", async () => {
    await road.endpoints.create("acme", post());
    const event = item({ id: "tms-1", descriptions: { nl: "a", en: "b" } });
    const [first] = await road.publisher.publish([event]);
    const again = { ...event, descriptions: { en: "b", nl: "a" } };
    const [second] = await road.publisher.publish([again]);
    expect(first).toEqual({ id: expect.any(String), duplicate: false, deliveries: 1 });
    expect(second).toEqual({ id: first?.id, duplicate: true, deliveries: 1 });
    expect(await counts()).toMatchObject({ events: 1, deliveries: 1 });
  });

  it("is a duplicate when the same content is written otherwise", async () => {
    const event = item({ id: "tms-1", statusTime: "2026-01-02T03:04:05Z" });
    await road.publisher.publish([event]);
    const again = { ...event, statusTime: "2026-01-02T04:04:05+01:00", comment: "" };
    expect(await road.publisher.publish([again])).toMatchObject([{ duplicate: true }]);
  });

  it("belongs to its customer: another's is another event", async () => {
    await road.customers.put("other", {});
    const event = item({ id: "tms-1" });
    await road.publisher.publish([event]);
    expect(await road.publisher.publish([{ ...event, customer: "other" }])).toMatchObject([{ duplicate: false }]);
  });

  it("answers the deliveries that it was published with, though it was replayed since", async () => {
    const erp = await road.endpoints.create("acme", post());
    const event = item({ id: "tms-1" });
    const [first] = await road.publisher.publish([event]);
    expect(first?.deliveries).toBe(1);
    await road.clock.advance(1_000);
    const [row] = await road.events.rows([first?.id ?? ""]);
    if (!row) throw new Error("the event is gone");
    await road.road.commit({
      events: [],
      deliveries: [newDelivery({ row }, erp, road.clock.now())],
      contents: [],
      also: [],
    });
    expect(await road.publisher.publish([event])).toEqual([{ ...first, duplicate: true }]);
  });

  it("is a conflict with other content, which names each field that differs", async () => {
    const event = item({ id: "tms-1", comment: "one", pictures: [PNG], details: { pieces: 1 } });
    await road.publisher.publish([event]);
    const other = {
      ...event,
      order: "B",
      comment: "two",
      pictures: [],
      reference: "r",
      details: { pieces: 2 },
      callbackUrls: ["https://x.example/"],
    };
    const error = await refusal(other);
    expect(error.status).toBe(409);
    expect(error.fields.map(({ path }) => path).sort()).toEqual([
      "/callbackUrls",
      "/comment",
      "/details",
      "/order",
      "/pictures",
      "/reference",
    ]);
    expect(error.fields[0]?.message).toContain('"tms-1"');
    expect(await counts()).toMatchObject({ events: 1 });
  });

  it("is a conflict within one request too, and nothing of that is published", async () => {
    const event = item({ id: "tms-1" });
    const error = await refusal(event, item(), { ...event, statusCode: "pickup" });
    expect(error.status).toBe(409);
    expect(error.fields.map(({ path }) => path)).toContain("/2/statusCode");
    expect(await counts()).toMatchObject({ events: 0 });
  });

  it("is a duplicate within one request", async () => {
    const event = item({ id: "tms-1" });
    const [first, second] = await road.publisher.publish([event, event]);
    expect(second).toEqual({ id: first?.id, duplicate: true, deliveries: 0 });
    expect(await counts()).toMatchObject({ events: 1 });
  });

  it("makes exactly one event when fifty callers publish it at once, over several transactions", async () => {
    await road.endpoints.create("acme", post());
    const event = item({ id: "tms-1" });
    const results: unknown[] = [];
    for (let wave = 0; wave < 5; wave++) {
      const callers = Array.from({ length: 10 }, () =>
        road.publisher.publish([event]).then(([one]) => results.push(one)),
      );
      if (wave === 4) await Promise.all(callers);
      else await new Promise((turn) => setTimeout(turn, 1));
    }
    await road.commits.settle();
    expect(results).toHaveLength(50);
    expect(results.filter((result) => (result as { duplicate: boolean }).duplicate)).toHaveLength(49);
    expect(new Set(results.map((result) => (result as { id: string }).id)).size).toBe(1);
    expect(await counts()).toMatchObject({ events: 1, deliveries: 1 });
  });
});

describe("a database that cannot be written", () => {
  const full = new StoreUnavailableError("full", "full", undefined);

  async function reopen(change: Parameters<typeof openRoad>[0]) {
    await road.close();
    road = await openRoad(change);
    await road.customers.put("acme", {});
  }

  it("refuses a duplicate whose first event is not written either", async () => {
    await reopen({ commit: () => Promise.reject(full) });
    const event = item({ id: "tms-1" });
    const outcomes = await Promise.allSettled([
      road.publisher.publish([event]),
      road.publisher.publish([event]),
      road.publisher.publish([event]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(road.wakeUps).toEqual([]);
  });

  it("refuses a duplicate of an event that failed before its commit", async () => {
    let asked = 0;
    await reopen({ missingContents: () => (asked++ === 0 ? Promise.reject(full) : Promise.resolve([])) });
    const event = item({ id: "tms-1", pictures: [PNG] });
    const outcomes = await Promise.allSettled([road.publisher.publish([event]), road.publisher.publish([event])]);
    expect(outcomes[0]).toMatchObject({ status: "rejected" });
    expect(outcomes[1]).toMatchObject({ status: "fulfilled", value: [{ duplicate: false }] });
    expect(await counts()).toMatchObject({ events: 1 });
  });

  it("publishes the requests beside one whose commit failed", async () => {
    await reopen({ commit: (set) => (set.events[0]?.order === "bad" ? Promise.reject(full) : Promise.resolve()) });
    const outcomes = await Promise.allSettled([
      road.publisher.publish([item()]),
      road.publisher.publish([item({ order: "bad" })]),
      road.publisher.publish([item()]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("leaves nothing half written when the disk is full, and takes the same again when there is room", async () => {
    await road.endpoints.create("acme", post());
    const pages = await road.database.json<number>("SELECT page_count FROM pragma_page_count");
    await road.database.prisma.$queryRawUnsafe(`PRAGMA max_page_count = ${pages + 8}`);
    let count = 0;
    const large = () => {
      const part = String(++count).padStart(8, "A");
      return item({ id: `big-${count}`, pictures: [`data:image/png;base64,${part.repeat(20_000)}`] });
    };
    const sets = Array.from({ length: 4 }, () => [large(), large()]);
    const outcomes = await Promise.allSettled(sets.map((set) => road.publisher.publish(set)));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(StoreUnavailableError) });
    }
    expect(await counts()).toEqual({ events: 0, deliveries: 0, contents: 0 });
    expect(road.wakeUps).toEqual([]);
    await road.database.prisma.$queryRawUnsafe("PRAGMA max_page_count = 1000000");
    for (const set of sets)
      expect(await road.publisher.publish(set)).toMatchObject([{ duplicate: false }, { duplicate: false }]);
    expect(await counts()).toEqual({ events: 8, deliveries: 8, contents: 8 });
  });
});
