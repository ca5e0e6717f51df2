import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTraffic } from "../../src/metrics/traffic.js";
import {
  addTraffic,
  counting,
  DAY_MS,
  dayOf,
  forgetTraffic,
  MINUTE_MS,
  readTraffic,
  type TrafficRow,
} from "../../src/store/traffic.js";
import { SILENT } from "../delivery/kit.js";
import { manualClock } from "../support/clock.js";
import { openStore, type Store } from "./kit.js";

const BRUSSELS = "Europe/Brussels";
let store: Store;
beforeEach(async () => {
  store = await openStore();
});
afterEach(() => store.close());

const row = (more: Partial<TrafficRow> = {}): TrafficRow => ({
  ...{ customer: "", period: "minute", at: MINUTE_MS },
  ...{ events: 1, deliveries: 2, delivered: 3, failed: 4, failedAttempts: 5 },
  ...more,
});

const minutes = (customer = "") => readTraffic(store.database, customer, "minute", 0);
const days = (customer = "") => readTraffic(store.database, customer, "day", 0);
const attempt = (outcome: string) => ({ outcome }) as never;

describe("what went through", () => {
  it("adds up, and is read by customer, period and time", async () => {
    await addTraffic(store.database, [row(), row({ customer: "acme", failed: 0 }), row({ period: "day", at: DAY_MS })]);
    await addTraffic(store.database, [row(), row({ at: 2 * MINUTE_MS, delivered: 9 })]);
    expect(await minutes()).toEqual([
      { at: MINUTE_MS, events: 2, deliveries: 4, delivered: 6, failed: 8, failedAttempts: 10 },
      { at: 2 * MINUTE_MS, events: 1, deliveries: 2, delivered: 9, failed: 4, failedAttempts: 5 },
    ]);
    expect(await readTraffic(store.database, "", "minute", 2 * MINUTE_MS)).toHaveLength(1);
    expect(await minutes("acme")).toMatchObject([{ failed: 0, delivered: 3 }]);
    expect(await days()).toMatchObject([{ at: DAY_MS, events: 1 }]);
  });

  it("takes several sets into one transaction", async () => {
    await store.database.batch(counting.statements([[row()], [row(), row({ customer: "b" })]]));
    expect(await minutes()).toMatchObject([{ events: 2 }]);
    expect(await minutes("b")).toMatchObject([{ events: 1 }]);
  });

  it("holds more than 32 bits", async () => {
    await addTraffic(store.database, [row({ delivered: 3_000_000_000 })]);
    await addTraffic(store.database, [row({ delivered: 3_000_000_000 })]);
    expect(await minutes()).toMatchObject([{ delivered: 6_000_000_000 }]);
  });

  it("is forgotten: a customer's minutes after three hours, all minutes after two days, days after 400", async () => {
    const now = 500 * DAY_MS;
    const at = (ago: number) => now - ago;
    await addTraffic(store.database, [
      row({ customer: "acme", at: at(179 * MINUTE_MS) }),
      row({ customer: "acme", at: at(181 * MINUTE_MS) }),
      row({ at: at(DAY_MS) }),
      row({ at: at(2 * DAY_MS + 1) }),
      row({ period: "day", at: at(400 * DAY_MS) }),
      row({ period: "day", at: at(401 * DAY_MS) }),
    ]);
    await forgetTraffic(store.database, now);
    expect((await minutes("acme")).map((found) => found.at)).toEqual([at(179 * MINUTE_MS)]);
    expect((await minutes()).map((found) => found.at)).toEqual([at(DAY_MS)]);
    expect((await days()).map((found) => found.at)).toEqual([at(400 * DAY_MS)]);
  });
});

describe("a day", () => {
  it.each([
    // The night of the clocks: days of 23 and of 25 hours.
    ["2026-03-28T22:59:59.999Z", "2026-03-28"],
    ["2026-03-28T23:00:00.000Z", "2026-03-29"],
    ["2026-03-29T21:59:59.999Z", "2026-03-29"],
    ["2026-03-29T22:00:00.000Z", "2026-03-30"],
    ["2026-10-24T22:00:00.000Z", "2026-10-25"],
    ["2026-10-25T22:59:59.999Z", "2026-10-25"],
    ["2026-10-25T23:00:00.000Z", "2026-10-26"],
  ])("in Brussels has %s in %s", (moment, day) => {
    expect(new Date(dayOf(Date.parse(moment), BRUSSELS)).toISOString()).toBe(`${day}T00:00:00.000Z`);
  });
});

describe("a process that counts", () => {
  /** One process of those that share the database. */
  function counter(start = Date.UTC(2026, 0, 1, 22, 59, 50)) {
    const clock = manualClock(start);
    const failing = { now: false };
    const counted = createTraffic({
      clock,
      timeZone: BRUSSELS,
      log: SILENT,
      store: {
        add: (rows) => (failing.now ? Promise.reject(new Error("full")) : addTraffic(store.database, rows)),
        forget: (now) => forgetTraffic(store.database, now),
      },
    });
    counted.start();
    return { clock, failing, ...counted };
  }
  const set = (customer: string, events: number, deliveries: number) => ({
    events: Array.from({ length: events }, () => ({ customer })),
    deliveries: Array.from({ length: deliveries }, () => ({ customer })),
  });

  it("counts what was published, delivered, given up and tried in vain, of each customer and of all", async () => {
    const { traffic, stop } = counter();
    traffic.published(set("acme", 2, 5));
    traffic.published(set("bolt", 1, 1));
    traffic.recorded({ state: "delivered", attempt: attempt("delivered") }, "acme");
    traffic.recorded({ state: "pending", attempt: attempt("retry") }, "acme");
    traffic.recorded({ state: "failed", attempt: attempt("failed") }, "bolt");
    traffic.recorded({ state: "pending", attempt: attempt("split") }, "bolt");
    traffic.recorded({ state: "canceled", attempt: null }, "bolt");
    traffic.gaveUp("acme", 3);
    await stop();
    const acme = { events: 2, deliveries: 5, delivered: 1, failed: 3, failedAttempts: 1 };
    const bolt = { events: 1, deliveries: 1, delivered: 0, failed: 1, failedAttempts: 1 };
    const all = { events: 3, deliveries: 6, delivered: 1, failed: 4, failedAttempts: 2 };
    for (const read of [minutes, days]) {
      expect(await read("acme")).toMatchObject([acme]);
      expect(await read("bolt")).toMatchObject([bolt]);
      expect(await read()).toMatchObject([all]);
    }
  });

  it("keeps minutes and days apart to the moment", async () => {
    const { clock, traffic, stop } = counter();
    const one = () => traffic.published(set("acme", 1, 0));
    one();
    await clock.advance(9_999);
    one();
    // It becomes 23:00 in UTC, which is midnight in Brussels.
    await clock.advance(1);
    one();
    await clock.advance(60_000);
    one();
    await stop();
    const at = (hour: number, minute: number) => Date.UTC(2026, 0, 1, hour, minute);
    expect((await minutes()).map((found) => [found.at, found.events])).toEqual([
      [at(22, 59), 2],
      [at(23, 0), 1],
      [at(23, 1), 1],
    ]);
    expect((await days("acme")).map((found) => [new Date(found.at).getUTCDate(), found.events])).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  it("writes every five seconds, goes on after a restart, and adds to what other processes count", async () => {
    const first = counter();
    const second = counter();
    first.traffic.published(set("acme", 1, 0));
    second.traffic.published(set("acme", 10, 0));
    await Promise.all([first.clock.advance(5_000), second.clock.advance(5_000)]);
    await expect.poll(async () => (await minutes())[0]?.events).toBe(11);
    await Promise.all([first.stop(), second.stop()]);
    const again = counter();
    again.traffic.published(set("acme", 100, 0));
    await again.stop();
    expect(await minutes()).toMatchObject([{ events: 111 }]);
    expect(await days("acme")).toMatchObject([{ events: 111 }]);
  });

  it("keeps what cannot be written, and writes it later, once", async () => {
    const { clock, traffic, failing, stop } = counter();
    failing.now = true;
    traffic.published(set("acme", 1, 0));
    await clock.advance(5_000);
    traffic.published(set("acme", 1, 0));
    await clock.advance(5_000);
    expect(await minutes()).toEqual([]);
    failing.now = false;
    traffic.published(set("acme", 1, 0));
    await stop();
    expect((await minutes()).map(({ events }) => events)).toEqual([2, 1]);
    expect(await days()).toMatchObject([{ events: 2 }, { events: 1 }]);
  });

  it("writes very many customers in sets", async () => {
    const { traffic, stop } = counter();
    for (let at = 0; at < 2_500; at++) traffic.published(set(`c${at}`, 1, 0));
    await stop();
    expect(await minutes()).toMatchObject([{ events: 2_500 }]);
    expect(await days("c2499")).toMatchObject([{ events: 1 }]);
  });
});
