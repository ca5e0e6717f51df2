import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../../src/ids.js";
import { Commits } from "../../src/store/commits.js";
import { newContent } from "../../src/store/contents.js";
import type { EventRow } from "../../src/store/event-rows.js";
import { externalKey, knownEvents, type PublishSet, publishing } from "../../src/store/publishing.js";
import type { Endpoint } from "../../src/types.js";
import { addDelivery, addEvent, openStore, post, type Store } from "./kit.js";

let store: Store;
let commits: Commits;
let erp: Endpoint;

beforeEach(async () => {
  store = await openStore();
  commits = new Commits(store.database);
  await store.customers.put("acme", {});
  erp = await store.endpoints.create("acme", post());
});
afterEach(() => store.close());

const picture = newContent("data:image/png;base64,AAAA");

function setOf(more: Partial<EventRow> = {}): PublishSet {
  const event: EventRow = {
    id: newId("evt"),
    customer: "acme",
    externalId: null,
    contentHash: "h",
    order: "A1",
    barcode: "b",
    container: "c",
    statusCode: "take",
    status: "PROCESSING",
    statusTime: 5,
    receivedAt: 6,
    body: { pictures: [picture], comment: "hallo" },
    ...more,
  };
  const delivery = {
    id: newId("dlv"),
    eventId: event.id,
    endpointId: erp.id,
    laneId: erp.laneId,
    customer: "acme",
    order: event.order,
    createdAt: 7,
    dueAt: 8,
    expiresAt: 9,
  };
  return { events: [event], deliveries: [delivery], contents: [picture], also: [] };
}

describe("publishing", () => {
  it("writes events, contents and deliveries as they were given", async () => {
    const set = setOf({ externalId: "tms-1" });
    await commits.add(publishing, set);
    const { prisma } = store.database;
    expect(await prisma.event.findMany()).toMatchObject([
      {
        id: set.events[0]?.id,
        external_id: "tms-1",
        order_number: "A1",
        barcode: "b",
        container: "c",
        status_time: BigInt(5),
      },
    ]);
    expect(await prisma.delivery.findMany()).toMatchObject([
      {
        id: set.deliveries[0]?.id,
        state: "pending",
        created_at: BigInt(7),
        due_at: BigInt(8),
        expires_at: BigInt(9),
        step: 0,
      },
    ]);
    expect(await prisma.eventContent.findMany()).toEqual([{ event_id: set.events[0]?.id, sha256: picture.sha256 }]);
  });

  it("refuses one set alone, whole, when its event is there already under the customer's id", async () => {
    await commits.add(publishing, setOf({ externalId: "tms-1" }));
    const twin = setOf({ externalId: "tms-1" });
    const sets = [setOf(), { ...setOf(), events: [...setOf().events, ...twin.events] }, setOf({ externalId: "tms-2" })];
    const outcomes = await Promise.allSettled(sets.map((set) => commits.add(publishing, set)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(
      await store.database.json("SELECT json_array((SELECT count(*) FROM events), (SELECT count(*) FROM deliveries))"),
    ).toEqual([3, 3]);
  });

  it("writes more statements of a set with it, or not at all", async () => {
    const also = [{ sql: "INSERT INTO no_such_table VALUES (1)", args: [] }];
    await expect(commits.add(publishing, { ...setOf(), also })).rejects.toThrow();
    expect(await store.database.prisma.event.count()).toBe(0);
  });
});

describe("knownEvents", () => {
  it("finds those that are there, with how many deliveries they made", async () => {
    const event = await addEvent(store, { externalId: "tms-1", contentHash: "h1" });
    await addDelivery(store, erp, event);
    await addDelivery(store, erp, event, { state: "delivered" });
    await addEvent(store, { externalId: "tms-1", customer: "other" });
    const wanted = ["tms-1", "tms-2", "tms-1"].map((externalId) => ({ customer: "acme", externalId }));
    expect(await knownEvents(store.database, wanted)).toEqual(
      new Map([[externalKey("acme", "tms-1"), { id: event.id, contentHash: "h1", deliveries: 2 }]]),
    );
    expect(await knownEvents(store.database, [])).toEqual(new Map());
  });
});
