import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOverview } from "../../src/store/overview.js";
import { addTraffic, DAY_MS, MINUTE_MS } from "../../src/store/traffic.js";
import { MOST_OF_CUSTOMER, readTrouble } from "../../src/store/trouble.js";
import type { Endpoint } from "../../src/types.js";
import { addDelivery, addEvent, addMany, openStore, post, type Store } from "./kit.js";

let store: Store;
beforeEach(async () => {
  store = await openStore();
  await store.customers.put("acme", {});
  await store.customers.put("bolt", {});
});
afterEach(() => store.close());

const run = (sql: string, ...args: (string | number)[]) => store.database.batch([{ sql, args }]);
const lane = (endpoint: Endpoint, change: string) => run(`UPDATE lanes SET ${change} WHERE id = ?`, endpoint.laneId);
const make = (name: string, customer = "acme") =>
  store.endpoints.create(customer, post(name, `https://${name.toLowerCase()}.example.com/`));
const trouble = (more: { customer?: string | null; limit?: number; cursor?: string | undefined } = {}) =>
  readTrouble(store.database, { customer: null, now: store.clock.now(), limit: 50, ...more });

/** One endpoint of each trouble, and one that is well. */
async function allTroubles(now: number) {
  const failure = "failure_fault = 'connection', failure_code = 'connect', failure_text = 'refused'";
  const held = await make("Held");
  await addMany(store, held, 3);
  await lane(
    held,
    `held_reason = 'no such folder', held_at = ${now - 9}, failure_fault = 'config', failure_code = 'ftp_550'`,
  );
  const open = await make("Open");
  await addMany(store, open, 2);
  await lane(open, `failures = 5, failing_since = ${now - 8}, open_until = ${now + 5000}, ${failure}`);
  const failing = await make("Failing");
  await lane(failing, `response_failures = 1, failing_since = ${now - 7}, ${failure}`);
  const asked = await make("Asked");
  await addMany(store, asked, 1);
  await lane(asked, `held_until = ${now + 1000}, failing_since = ${now - 6}, failure_code = 'http_429'`);
  const gaveUp = await make("GaveUp");
  const event = await addEvent(store);
  await addDelivery(store, gaveUp, event, { state: "failed", finished_at: now - 5 });
  await addDelivery(store, gaveUp, event, { state: "failed", finished_at: now - DAY_MS });
  await lane(gaveUp, `given_up_at = ${now - 5}`);
  const disabled = await make("Disabled");
  await store.endpoints.setState(disabled.id, "disabled", "410 Gone");
  const paused = await make("Paused");
  await addMany(store, paused, 4);
  await store.endpoints.setState(paused.id, "paused", "");
  await make("Well");
  return { held, open, failing, asked, gaveUp, disabled, paused };
}

describe("endpoints in trouble", () => {
  it("are told the worst first, each with what it is, since when, what waits and when it is tried again", async () => {
    const now = store.clock.now();
    const { held, open } = await allTroubles(now);
    const { items, counts, next } = await trouble();
    expect(next).toBeNull();
    expect(counts).toEqual({ held: 1, failing: 2, askedToWait: 1, gaveUp: 1, disabled: 1, paused: 1 });
    expect(
      items.map(({ name, kind, since, waiting, givenUp, nextTry }) => [name, kind, since, waiting, givenUp, nextTry]),
    ).toEqual([
      ["Held", "held", now - 9, 3, 0, null],
      ["Open", "failing", now - 8, 2, 0, now + 5000],
      ["Failing", "failing", now - 7, 0, 0, null],
      ["Asked", "askedToWait", now - 6, 1, 0, now + 1000],
      ["GaveUp", "gaveUp", now - 5, 0, 1, null],
      ["Disabled", "disabled", now, 0, 0, null],
      ["Paused", "paused", now, 4, 0, null],
    ]);
    expect(items[0]).toMatchObject({
      customer: "acme",
      endpoint: held.id,
      fault: "config",
      code: "ftp_550",
      text: "no such folder",
    });
    expect(items[1]).toMatchObject({ endpoint: open.id, fault: "connection", code: "connect", text: "refused" });
  });

  it("tell why they were paused or disabled, and say nothing of the kind of the others", async () => {
    const { paused } = await allTroubles(store.clock.now());
    await store.endpoints.setState(paused.id, "paused", "they move house");
    const out = await make("Out");
    await store.endpoints.setState(out.id, "disabled", "disabled by it@acme.example: out of use");
    const why = new Map((await trouble()).items.map(({ name, reason }) => [name, reason]));
    expect(Object.fromEntries(why)).toEqual({
      ...{ Held: "", Open: "", Failing: "", Asked: "", GaveUp: "", Disabled: "410 Gone", Paused: "they move house" },
      Out: "disabled by it@acme.example: out of use",
    });
  });

  it("come in pages that hold each once", async () => {
    await allTroubles(store.clock.now());
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await trouble({ limit: 2, cursor });
      names.push(...page.items.map(({ name }) => name));
      expect(page.items.length).toBeLessThanOrEqual(2);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(names).toEqual(["Held", "Open", "Failing", "Asked", "GaveUp", "Disabled", "Paused"]);
    await expect(trouble({ cursor: "bm90IG9uZQ" })).rejects.toMatchObject({ status: 422 });
  });

  it("are in none when they are well again, were given up long ago, or are paused with nothing to send", async () => {
    const now = store.clock.now();
    const [past, paused, gone] = [await make("Past"), await make("Paused"), await make("Gone")];
    await lane(past, `given_up_at = ${now - DAY_MS - 1}, held_until = ${now}`);
    await store.endpoints.setState(paused.id, "paused", "");
    await lane(gone, `failing_since = ${now}`);
    await store.endpoints.delete(gone.id);
    expect(await trouble()).toMatchObject({ items: [], counts: { failing: 0, gaveUp: 0, paused: 0, askedToWait: 0 } });
  });

  it("are those of one customer where one is asked for", async () => {
    const now = store.clock.now();
    for (const customer of ["acme", "bolt"])
      await lane(await make(`F-${customer}`, customer), `failing_since = ${now}`);
    const stopped = await make("Stopped", "bolt");
    await store.endpoints.setState(stopped.id, "disabled", "");
    expect((await trouble({ customer: "acme" })).items.map(({ name }) => name)).toEqual(["F-acme"]);
    expect((await trouble({ customer: "bolt" })).items.map(({ name }) => name)).toEqual(["F-bolt", "Stopped"]);
    expect((await trouble({ customer: "nobody" })).items).toEqual([]);
    expect((await trouble()).items).toHaveLength(3);
  });

  it("are one however many shards of theirs fail", async () => {
    const now = store.clock.now();
    const wide = await store.endpoints.create("acme", { ...post("Wide"), limits: { shards: 4 } });
    await run(
      "UPDATE lanes SET failing_since = ?, failures = 1 WHERE shard_of = ? OR id = ?",
      now,
      wide.laneId,
      wide.laneId,
    );
    const { items } = await trouble();
    expect(items).toMatchObject([{ name: "Wide", endpoint: wide.id, kind: "failing" }]);
  });

  it("are the callback URLs of one origin together", async () => {
    const now = store.clock.now();
    const acme = await store.customers.get("acme");
    if (!acme) throw new Error("no customer");
    const [first, second] = await store.endpoints.callbacks(acme, [
      "https://cb.example.com/1",
      "https://cb.example.com/2",
    ]);
    if (!first || !second) throw new Error("no callbacks");
    await lane(first, `failing_since = ${now}, failures = 1`);
    expect((await trouble()).items).toMatchObject([
      { name: "https://cb.example.com", endpoint: null, kind: "failing" },
    ]);
    for (const { id } of [first, second]) await store.endpoints.setState(id, "disabled", "410 Gone");
    expect((await trouble()).items.map(({ endpoint, kind }) => [endpoint, kind])).toEqual(
      [first.id, second.id].sort().map((id) => [id, "disabled"]),
    );
  });

  it("show at most a thousand of what waits, and one more", async () => {
    const held = await make("Held");
    await addMany(store, held, 1_200);
    await lane(held, "held_reason = 'no', held_at = 1");
    expect((await trouble()).items).toMatchObject([{ waiting: 1_001 }]);
  });
});

describe("how things stand", () => {
  const opened = (pending: number | null = 7) =>
    createOverview({
      database: store.database,
      clock: store.clock,
      timeZone: "Europe/Brussels",
      pending: async () => pending,
    });
  const ask = { customer: null, minutes: 3, days: 2, limit: 10 };

  it("has every minute and day, those in which nothing happened too", async () => {
    const now = store.clock.now();
    const minute = now - (now % MINUTE_MS);
    const counts = { events: 1, deliveries: 1, delivered: 1, failed: 0, failedAttempts: 0 };
    await addTraffic(store.database, [
      { customer: "", period: "minute", at: minute - MINUTE_MS, ...counts },
      { customer: "", period: "minute", at: minute - 3 * MINUTE_MS, ...counts },
      { customer: "acme", period: "day", at: Date.UTC(2023, 6, 19), ...counts },
    ]);
    const found = await opened()(ask);
    expect(found.minutes.map(({ at, delivered }) => [at, delivered])).toEqual([
      [minute - 2 * MINUTE_MS, 0],
      [minute - MINUTE_MS, 1],
      [minute, 0],
    ]);
    expect(found).toMatchObject({ at: now, waiting: 7, sending: 0, timeZone: "Europe/Brussels" });
    const own = await opened()({ ...ask, customer: "acme" });
    expect(own.days.map(({ at, delivered }) => [at, delivered])).toEqual([
      [Date.UTC(2023, 6, 18), 0],
      [Date.UTC(2023, 6, 19), 1],
    ]);
  });

  it("counts what waits and is being sent: of all in the background, of one customer up to a bound", async () => {
    const [mine, theirs] = [await make("Mine"), await make("Theirs", "bolt")];
    await addMany(store, mine, 5);
    await addMany(store, theirs, 2, "sending");
    await run("UPDATE deliveries SET customer_id = 'bolt' WHERE lane_id = ?", theirs.laneId);
    expect(await opened(null)(ask)).toMatchObject({ waiting: null, waitingMore: false, sending: 2 });
    const own = opened();
    expect(await own({ ...ask, customer: "acme" })).toMatchObject({ waiting: 5, sending: 0 });
    expect(await own({ ...ask, customer: "bolt" })).toMatchObject({ waiting: 0, sending: 2 });
    await addMany(store, mine, MOST_OF_CUSTOMER);
    expect(await opened()({ ...ask, customer: "acme" })).toMatchObject({
      waiting: MOST_OF_CUSTOMER,
      waitingMore: true,
    });
  });

  it("is looked up once a second for all who ask the same", async () => {
    const overview = opened();
    const [first, second] = await Promise.all([overview(ask), overview(ask)]);
    expect(second).toBe(first);
    expect(await overview({ ...ask, customer: "acme" })).not.toBe(first);
    await store.clock.advance(999);
    expect(await overview(ask)).toBe(first);
    await store.clock.advance(1);
    expect(await overview(ask)).not.toBe(first);
  });
});
