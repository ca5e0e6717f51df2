import { afterEach, describe, expect, it } from "vitest";
import { batched } from "./batch-kit.js";
import { failure, hanging, hostOf, OK, openWorkedRoad, type Send, type WorkedRoad } from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const BEGIN = Date.UTC(2023, 6, 19, 9);
const at = (minutes: number) => new Date(BEGIN + minutes * 60_000).toISOString();
const codeOf = ({ payload: { body } }: Send): string[] =>
  [...body.toString().matchAll(/"reference":"([^"]*)"|"referentie":"([^"]*)"/g)].map(
    (found) => found[1] ?? found[2] ?? "",
  );
/** The minutes of the statuses in a batch. */
const minutesOf = ({ payload: { body } }: Send): string[] =>
  [...String(Buffer.isBuffer(body) ? body : body.summary).matchAll(/"fecha_estado":"[^"]*:0(\d):00"/g)].map(
    ([, minute = ""]) => minute,
  );
const seen = (sends: readonly Send[]) => sends.flatMap(codeOf);

/** Publishes statuses of one order, each named by its reference. */
const publish = (minutes: readonly number[], more: Record<string, unknown> = {}) =>
  worked.road.publisher.publish(
    minutes.map((minute) => ({
      customer: "acme",
      order: "A1",
      statusCode: "take",
      statusTime: at(minute),
      reference: `${minute}`,
      ...more,
    })),
  );

describe("per-order, on the whole road", () => {
  it("sends the statuses of an order one after the other, without waiting for a sweep", async () => {
    const receiver = hanging();
    worked = await openWorkedRoad({ send: receiver.send });
    await worked.create("erp", { limits: { order: "per-order" } });
    await publish([2, 0, 1]);
    await publish([5], { order: "B" });
    for (const wanted of [
      ["0", "5"],
      ["0", "5", "1"],
      ["0", "5", "1", "2"],
    ]) {
      await worked.until(() => worked.sends.length === wanted.length, `${wanted}`);
      await worked.run(0, 3);
      expect(seen(worked.sends).sort()).toEqual([...wanted].sort());
      for (const answer of receiver.open.splice(0)) answer(OK);
    }
    await worked.until(async () => (await worked.delivered()) === 4);
    // No sweep has begun: what follows was woken by what ended.
    expect(worked.clock.monotonic()).toBe(0);
  });

  it("goes on when the earlier one is given up, and overtakes one that is still tried after its time", async () => {
    worked = await openWorkedRoad({
      send: async (send) => {
        if (codeOf(send)[0] === "0") throw failure({ fault: "response", code: "http_500", message: "no" });
        return OK;
      },
    });
    worked.road.start();
    const erp = { limits: { order: "per-order", overtakeAfter: "1m" }, retry: { schedule: ["0s", "10m"] } } as const;
    await worked.create("erp", { limits: erp.limits, retry: { schedule: [...erp.retry.schedule] } });
    await publish([0, 1, 2]);
    await worked.run(50_000);
    expect(seen(worked.sends)).toEqual(["0"]);
    await worked.run(15_000);
    await worked.until(() => worked.sends.length === 3);
    expect(seen(worked.sends)).toEqual(["0", "1", "2"]);
    const [one, two] = await worked.deliveries();
    expect(two).toMatchObject({ state: "delivered", overtook: one?.id });
    const view = await worked.store.deliveries.get(two?.id ?? "");
    expect(view).toMatchObject({ overtook: one?.id, attemptList: [{ overtook: one?.id }] });
    await worked.run(12 * 60_000, 30);
    expect((await worked.deliveries())[0]).toMatchObject({ state: "failed", reason: "attempts exhausted" });
    // Nothing is left that a later one would wait for.
    await publish([3]);
    await worked.until(() => seen(worked.sends).includes("3"));
  });

  it("holds several statuses of an order in one batch, in their order", async () => {
    const receiver = hanging();
    worked = await openWorkedRoad({ send: receiver.send });
    const limits = { order: "per-order", concurrency: 4, batch: { maxEvents: 2, maxWait: "0s" } } as const;
    await worked.create("erp", batched(2, "0s", { limits }));
    await publish([3, 1, 4, 0, 2]);
    const batches: string[][] = [];
    for (let at = 0; at < 3; at++) {
      await worked.until(() => receiver.open.length === 1, `batch ${at}`);
      await worked.run(0, 3);
      expect(receiver.open).toHaveLength(1);
      const last = worked.sends.at(-1);
      if (last) batches.push(minutesOf(last));
      for (const answer of receiver.open.splice(0)) answer(OK);
    }
    expect(batches).toEqual([["0", "1"], ["2", "3"], ["4"]]);
    await worked.until(async () => (await worked.delivered()) === 5);
  });

  it("keeps an order in one of the shards", async () => {
    const receiver = hanging();
    worked = await openWorkedRoad({ send: receiver.send });
    await worked.create("erp", { limits: { order: "per-order", shards: 4 } });
    await publish([0, 1, 2]);
    for (let at = 0; at < 3; at++) {
      await worked.until(() => receiver.open.length === 1);
      for (const answer of receiver.open.splice(0)) answer(OK);
    }
    expect(seen(worked.sends)).toEqual(["0", "1", "2"]);
  });

  it("does not hold what waits for callback URLs, whose lane is shared", async () => {
    const receiver = hanging();
    worked = await openWorkedRoad({ send: receiver.send });
    await worked.create("erp", { limits: { order: "per-order" } });
    await publish([0, 1], { callbackUrls: ["https://shop.example/hook"] });
    await worked.until(() => worked.sends.length === 3);
    expect(worked.sends.map(hostOf).sort()).toEqual(["erp", "shop", "shop"]);
    for (const answer of receiver.open.splice(0)) answer(OK);
    await worked.until(() => worked.sends.length === 4);
  });

  it("is kept across a pause, and by what is chosen when it ends", async () => {
    worked = await openWorkedRoad({ send: async () => OK });
    const { id } = await worked.create("erp", { limits: { order: "per-order" } });
    await worked.store.endpoints.setState(id, "paused", "by hand");
    await publish([0, 1, 2]);
    await publish([4, 3], { order: "B" });
    await worked.run(3 * 3_600_000);
    await worked.store.actions.resume(id, "latestPerOrder");
    await worked.until(async () => (await worked.delivered()) === 2);
    expect(seen(worked.sends).sort()).toEqual(["2", "4"]);
    await worked.store.endpoints.setState(id, "paused", "by hand");
    await publish([7, 5, 6]);
    await worked.run(3 * 3_600_000);
    await worked.store.actions.resume(id, "sendAll");
    await worked.until(() => worked.sends.length === 5);
    expect(seen(worked.sends).slice(2)).toEqual(["5", "6", "7"]);
    expect((await worked.deliveries()).every(({ overtook }) => overtook === null)).toBe(true);
  });

  it("ends with its endpoint: what waits is canceled", async () => {
    const receiver = hanging();
    worked = await openWorkedRoad({ send: receiver.send });
    const { id } = await worked.create("erp", { limits: { order: "per-order" } });
    await publish([0, 1]);
    await worked.until(() => worked.sends.length === 1);
    await worked.store.endpoints.delete(id);
    for (const answer of receiver.open.splice(0)) answer(OK);
    await worked.until(async () => (await worked.states()).canceled === 1);
    await worked.run(2 * 3_600_000);
    expect(worked.sends).toHaveLength(1);
  });
});

describe("latest-only, on the whole road", () => {
  it("sends the latest of what waited for an outage, and says of the others by which", async () => {
    let down = true;
    worked = await openWorkedRoad({
      send: async () => {
        if (down) throw failure();
        return OK;
      },
    });
    worked.road.start();
    await worked.create("erp", { limits: { order: "latest-only" } });
    for (const minute of [0, 2, 1]) await publish([minute]);
    await worked.run(30_000);
    down = false;
    await worked.run(120_000, 20);
    expect(seen(worked.sends).at(-1)).toBe("2");
    const rows = await worked.deliveries();
    const latest = rows.find(({ state }) => state === "delivered");
    expect(rows.map(({ state, reason }) => `${state} ${reason}`.trim()).sort()).toEqual([
      `canceled superseded by ${latest?.id}`,
      `canceled superseded by ${latest?.id}`,
      "delivered",
    ]);
  });
});
