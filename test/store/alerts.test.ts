import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UniqueError } from "../../src/errors.js";
import { findUndelivered } from "../../src/store/alert-lists.js";
import { HOUR, MINUTE, START, startWatching, type Watching } from "../alerts/lane-rows.js";

describe("the alert store", () => {
  let rows: Watching;

  beforeEach(async () => {
    rows = await startWatching();
  });
  afterEach(() => rows.close());

  const everything = { alertId: null, upTo: null };

  it("puts the lanes that it gives out off for a minute, so that none is looked at twice at once", async () => {
    await rows.failConnection();
    const now = rows.clock.now();
    const { lanes, leasedUntil } = await rows.store.takeDue(now, 10);
    expect(lanes).toMatchObject([
      {
        id: "ep_1",
        failingSince: START,
        failures: 1,
        fault: "connection",
        code: "connect",
        alerts: {},
        lastOutageMailAt: null,
      },
    ]);
    expect((await rows.store.takeDue(now, 10)).lanes).toEqual([]);
    expect((await rows.store.takeDue(now + MINUTE, 10)).lanes).toHaveLength(1);
    expect(leasedUntil).toBe(now + MINUTE);
  });

  it("keeps a signal that comes in during a look", async () => {
    await rows.failConnection();
    const now = rows.clock.now();
    const { lanes, leasedUntil } = await rows.store.takeDue(now, 10);
    const [lane] = lanes;
    if (!lane) throw new Error("the lane is not due");
    await rows.setLane({ given_up_at: now });
    await rows.store.commit(lane, [], { now, leasedUntil, next: null, over: false });
    expect((await rows.store.takeDue(now, 10)).lanes).toMatchObject([{ givenUpAt: now }]);
  });

  it("writes all of a look or nothing", async () => {
    await rows.failConnection();
    const now = rows.clock.now();
    const { lanes, leasedUntil } = await rows.store.takeDue(now, 10);
    const [lane] = lanes;
    if (!lane) throw new Error("the lane is not due");
    const alert = { id: "alr_1", openedAt: now, lastMailAt: now, listedFrom: null, listedUpTo: null, closedAt: null };
    const mail = { id: "mail_1", kind: "outage", recipients: [], subject: "", text: "", html: "", csv: null } as const;
    const change = { kind: "outage", alert, mail, listed: [["dlv_1", 0]], forgetBefore: null, ends: false } as const;
    const look = { now, leasedUntil, next: now + HOUR, over: false };
    const twice = rows.store.commit(lane, [change, change], look);
    await expect(twice).rejects.toThrow(UniqueError);
    expect(await rows.database.prisma.mail.count()).toBe(0);
    expect(await rows.database.prisma.alert.count()).toBe(0);
    await rows.store.commit(lane, [change], look);
    expect(await rows.database.prisma.mail.count()).toBe(1);
    expect((await rows.lane()).alert_at).toBe(BigInt(now + HOUR));
    rows.clock.jump(HOUR);
    const [again] = (await rows.store.takeDue(rows.clock.now(), 10)).lanes;
    expect(again).toMatchObject({ alerts: { outage: alert }, lastOutageMailAt: now, lastRecoveryMailAt: null });
  });

  it("finds what has not arrived over several steps, in one list of bounded length", async () => {
    await rows.addManyDeliveries(25_000);
    const query = { laneId: "ep_1", now: START, since: START, told: everything, sending: false, limit: 12_000 };
    const found = await rows.store.undelivered(query);
    expect({ ...found, ids: new Set(found.ids).size }).toEqual({
      total: 25_000,
      ids: 12_000,
      first: "dlv_000001",
      last: "dlv_025000",
    });
    const upTo = { alertId: null, upTo: "dlv_024990" };
    expect((await rows.store.undelivered({ ...query, told: upTo })).total).toBe(10);
    expect(await rows.store.undelivered({ ...query, sending: true })).toMatchObject({ total: 0 });
    expect(await rows.store.lines(found.ids)).toHaveLength(12_000);
    expect(await rows.store.hasDue("ep_1", START)).toBe(true);
    expect(await rows.store.hasDue("ep_1", START - 1)).toBe(false);
  });

  it("finds what was being sent and waits again, or is given up, while it looks, and each once", async () => {
    const sending = await rows.addDelivery({ state: "sending" });
    const waiting = await rows.addDelivery();
    const moves = [
      `UPDATE deliveries SET state = 'pending', attempts = 1 WHERE id = '${sending}'`,
      `UPDATE deliveries SET state = 'failed', finished_at = ${START} WHERE id = '${waiting}'`,
    ];
    // Both move after the first look.
    const json: typeof rows.database.json = async (...query) => {
      const found = await rows.database.json<never>(...query);
      await rows.database.batch(moves.splice(0).map((sql) => ({ sql, args: [] })));
      return found;
    };
    const query = { laneId: "ep_1", now: START, since: START, told: everything, sending: false, limit: 10 };
    const found = await findUndelivered({ ...rows.database, json }, query);
    expect({ ...found, ids: found.ids.toSorted() }).toEqual({
      total: 2,
      ids: [sending, waiting].toSorted(),
      first: sending,
      last: waiting,
    });
  });

  it("finds what is claimed between two steps", async () => {
    await rows.addManyDeliveries(20_001);
    const claims = ["UPDATE deliveries SET state = 'sending', claim_token = 'clm_1' WHERE id = 'dlv_020001'"];
    const json: typeof rows.database.json = async (...query) => {
      const found = await rows.database.json<never>(...query);
      await rows.database.batch(claims.splice(0).map((sql) => ({ sql, args: [] })));
      return found;
    };
    const query = { laneId: "ep_1", now: START, since: START, told: everything, sending: false, limit: 10 };
    expect(await findUndelivered({ ...rows.database, json }, query)).toMatchObject({
      total: 20_001,
      last: "dlv_020001",
    });
  });

  it("finds what was delivered in the lane since a time, from an id on", async () => {
    const delivered = (finished_at: number, more = {}) =>
      rows.addDelivery({ state: "delivered", finished_at, ...more });
    await delivered(START);
    const from = await delivered(START);
    await delivered(START - 1);
    await delivered(START, { lane_id: "ep_other", endpoint_id: "ep_other" });
    const last = await delivered(START + 1);
    await rows.addDelivery();
    const query = { laneId: "ep_1", customerId: "acme", from, since: START, limit: 10 };
    expect(await rows.store.delivered(query)).toEqual({ total: 2, ids: [from, last], first: from, last });
  });

  it("tells apart whose fault it is that something was given up", async () => {
    const failed = (reason: string, more = {}) =>
      rows.addDelivery({ state: "failed", reason, finished_at: START, ...more });
    const ids = {
      given_up: await failed("expired"),
      gone: await failed("gone", { fault: "response" }),
      internal: await failed("internal", { fault: "internal" }),
    };
    for (const kind of ["given_up", "gone", "internal"] as const) {
      const query = { laneId: "ep_1", kind, after: START - 1, alertId: null, limit: 10 };
      expect((await rows.store.givenUp(query)).ids).toEqual([ids[kind]]);
      expect((await rows.store.givenUp({ ...query, after: START })).total).toBe(0);
    }
    expect((await rows.store.failed({ laneId: "ep_1", since: START, limit: 10 })).total).toBe(3);
  });

  it("shows the code of the last attempt, unless that came too late to count", async () => {
    const [tried, untried] = [await rows.addDelivery(), await rows.addDelivery()];
    await rows.addAttempt(tried, 1, "dns");
    await rows.addAttempt(tried, 2, "http_500");
    await rows.addAttempt(tried, 3, "200", 1);
    expect((await rows.store.lines([tried, untried])).map(({ code }) => code)).toEqual(["http_500", ""]);
  });

  it("shows a status with its texts, and leaves out what retention has taken", async () => {
    const id = await rows.addDelivery({}, { barcode: "BC-1", container: "MSKU1" });
    expect(await rows.store.lines([id, "dlv_gone"])).toMatchObject([
      {
        deliveryId: id,
        barcode: "BC-1",
        container: "MSKU1",
        descriptions: { nl: "Mee met koerier", fr: "En route avec courier", en: "Taken by courier" },
        state: "pending",
        statusTime: START,
      },
    ]);
  });
});
