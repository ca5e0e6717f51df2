import { afterEach, describe, expect, it } from "vitest";
import type { EndpointInput } from "../../src/types.js";
import { failure, OK, openWorkedRoad, type Send, type WorkedRoad } from "./worked-road.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const fault = () => failure({ fault: "response", code: "http_500", status: 500, serverFault: true });
const holds = ({ payload: { body } }: Send, text: string) => Buffer.isBuffer(body) && body.includes(text);

let worked: WorkedRoad;
afterEach(() => worked.close());

const deliveredOf = (order: string) =>
  worked.store.database.json<number>(
    `SELECT count(*) FROM deliveries WHERE state = 'delivered' AND order_number LIKE '${order}%'`,
  );

/** Statuses that are published a second apart, with time for each. */
async function publishSlowly(count: number, more: Record<string, unknown> = {}): Promise<void> {
  for (let at = 0; at < count; at++) {
    await worked.publish(1, more);
    await worked.run(SECOND, 1);
  }
}

describe("a receiver that has a fault of its own for everything", () => {
  it("is asked every five seconds, one at a time, what waits spends no attempts, and it gets everything once it is mended", async () => {
    let broken = true;
    worked = await openWorkedRoad({ send: () => (broken ? Promise.reject(fault()) : Promise.resolve(OK)) });
    const erp = await worked.create("erp");
    worked.road.start();
    await publishSlowly(25);
    const lane = () => worked.lane(erp.laneId);
    await worked.until(async () => (await lane()).open_until !== null);
    expect(await lane()).toMatchObject({ failures: 0, failure_code: "http_500" });
    await worked.publish(500);
    const before = worked.sends.length;
    await worked.run(MINUTE, 240);
    const times = worked.sends.slice(before).map(({ at }) => at);
    expect(times.length).toBeGreaterThanOrEqual(10);
    expect(times.length).toBeLessThanOrEqual(14);
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(pauses[0]).toBeGreaterThanOrEqual(4 * SECOND);
    expect(Math.min(...pauses.slice(1))).toBeGreaterThanOrEqual(5 * SECOND);
    expect((await worked.deliveries()).filter(({ attempts }) => attempts === 0).length).toBeGreaterThan(440);
    broken = false;
    await worked.run(10 * MINUTE, 120);
    expect(await worked.states()).toEqual({ delivered: 525 });
    expect(await lane()).toMatchObject({ open_until: null });
  });
});

describe("a receiver that stumbles over some statuses only", () => {
  const stumbling = async (limits: EndpointInput["limits"] = {}) => {
    worked = await openWorkedRoad({
      send: (send) => (holds(send, "BAD") ? Promise.reject(fault()) : Promise.resolve(OK)),
    });
    const erp = await worked.create("erp", { limits });
    worked.road.start();
    return erp;
  };

  it("gets the others at once, however many of them came in one go before", async () => {
    await stumbling();
    await worked.publish(300, { comment: "BAD" });
    await worked.publish(50, { comment: "fine" });
    await worked.run(5 * SECOND, 20);
    expect(await worked.delivered()).toBe(50);
  });

  it.each(["none", "per-order", "latest-only"] as const)(
    "gets the others within seconds, though nothing else came for a while and many wait to be tried: %s",
    async (order) => {
      const erp = await stumbling({ order });
      await publishSlowly(30, { comment: "BAD" });
      await worked.publish(300, { comment: "BAD" });
      await worked.until(async () => (await worked.lane(erp.laneId)).open_until !== null);
      // Until it is asked as seldom as it ever is.
      await worked.run(30 * SECOND, 60);
      await worked.publish(50, { comment: "fine" });
      await worked.run(15 * SECOND, 60);
      expect(await worked.delivered()).toBe(50);
    },
  );

  it("gets one that is retried by hand behind them", async () => {
    const erp = await stumbling();
    await publishSlowly(30, { comment: "BAD" });
    await worked.until(async () => (await worked.lane(erp.laneId)).open_until !== null);
    await worked.publish(1, { comment: "fine", order: "HELD" });
    const [held] = await worked.store.database.prisma.delivery.findMany({ where: { order_number: "HELD" } });
    await worked.store.actions.cancel({ ids: [held?.id ?? ""] });
    await worked.publish(100, { comment: "BAD" });
    await worked.run(30 * SECOND, 60);
    await worked.store.actions.retry({ ids: [held?.id ?? ""] });
    await worked.run(15 * SECOND, 60);
    expect(await deliveredOf("HELD")).toBe(1);
  });

  it("gets those of an order in their order all the same", async () => {
    const erp = await stumbling({ order: "per-order" });
    await publishSlowly(30, { comment: "BAD" });
    await worked.until(async () => (await worked.lane(erp.laneId)).open_until !== null);
    for (let minute = 10; minute < 40; minute++) {
      await worked.publish(1, { order: "ONE", comment: "fine", statusTime: `2026-01-01T10:${minute}:00Z` });
    }
    await worked.publish(100, { comment: "BAD" });
    await worked.run(4 * MINUTE, 480);
    const sent = worked.sends.filter((send) => holds(send, '"ONE"')).map(({ payload: { body } }) => String(body));
    expect(sent).toHaveLength(30);
    const times = sent.map((text) => /20260101\d{6}/.exec(text)?.[0]);
    expect(times).toEqual([...times].sort());
    expect(new Set(times).size).toBe(30);
  });
});
