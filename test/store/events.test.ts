import { afterEach, beforeEach, expect, it } from "vitest";
import { createEvents, type EventFilter, type Events } from "../../src/store/events.js";
import { addEvent, DAY, openStore, type Store } from "./kit.js";

let store: Store;
let events: Events;

beforeEach(async () => {
  store = await openStore();
  events = createEvents(store.database);
});
afterEach(() => store.close());

it("shows an event whole, its contents by hash and length", async () => {
  const image = { sha256: "ab", length: 5, mediaType: "image/png", base64At: 22 };
  const body = { comment: "c", descriptions: { nl: "x" }, signatures: [{ image, signedBy: "Ann" }], pictures: [image] };
  const { base64At: _at, ...shown } = image;
  const row = await addEvent(store, { externalId: "tms-1", body });
  expect(await events.get(row.id)).toEqual({
    id: row.id,
    externalId: "tms-1",
    customer: "acme",
    order: "A1",
    barcode: "",
    container: "",
    statusCode: "take",
    status: "PROCESSING",
    statusTime: row.statusTime,
    receivedAt: row.receivedAt,
    descriptions: { nl: "x" },
    reference: "",
    comment: "c",
    oldLead: "",
    newLead: "",
    verifier: "",
    signatures: [{ image: shown, signedBy: "Ann" }],
    pictures: [shown],
    documents: [],
    documentUrl: "",
    source: "",
    location: null,
    leg: "",
    reason: null,
    replacement: null,
    file: null,
  });
  expect(await events.rows(["evt_none", row.id])).toEqual([{ ...row, payloadForgottenAt: null }]);
  expect(await events.get("evt_none")).toBeNull();
});

it("lists events newest first by every filter, in pages without a gap", async () => {
  const a = (await addEvent(store, { externalId: "x" })).id;
  const b = (await addEvent(store, { order: "A2", statusCode: "AF", status: "DELIVERED" })).id;
  await store.clock.advance(10 * DAY);
  const c = (await addEvent(store, { customer: "beta", externalId: "x" })).id;
  const now = store.clock.now();
  const cases: [EventFilter, string[]][] = [
    [{}, [c, b, a]],
    [{ customer: "acme" }, [b, a]],
    [{ order: "A1" }, [c, a]],
    [{ customer: "acme", order: "A1" }, [a]],
    [{ externalId: "x" }, [c, a]],
    [{ customer: "beta", externalId: "x" }, [c]],
    [{ statusCode: "AF" }, [b]],
    [{ status: "PROCESSING" }, [c, a]],
    [{ from: now }, [c]],
    [{ to: now }, [b, a]],
  ];
  for (const [filter, expected] of cases) {
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await events.list(filter, { limit: 1, cursor: cursor ?? undefined });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(seen, JSON.stringify(filter)).toEqual(expected);
    expect((await events.list(filter)).items.map(({ id }) => id)).toEqual(expected);
  }
});

it("tells what came before an event of its order, oldest first, whatever arrives afterwards", async () => {
  const at = (order: string, statusTime: number, statusCode: string) =>
    addEvent(store, { order, statusTime, statusCode, body: { comment: statusCode } });
  await at("A1", 20, "second");
  await at("A1", 10, "first");
  await at("A2", 5, "another order");
  await at("A1", 90, "later, though it arrived earlier");
  const event = await at("A1", 30, "third");
  await at("A1", 25, "arrived late");
  const before = await events.before(event);
  expect(before.map(({ statusCode, body }) => [statusCode, body.comment])).toEqual([
    ["first", "first"],
    ["second", "second"],
  ]);
});

it("tells no more than the last 499 of them", async () => {
  for (let n = 0; n < 510; n++) await addEvent(store, { order: "A1", statusTime: n, statusCode: `c${n}` });
  const last = await addEvent(store, { order: "A1", statusTime: 1_000 });
  const before = await events.before(last);
  expect(before.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 499 }, (_, n) => `c${n + 11}`));
});
