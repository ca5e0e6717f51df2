import { afterEach, describe, expect, it } from "vitest";
import { createDeliveries } from "../../src/store/deliveries.js";
import { forgetOld } from "../../src/store/retention.js";
import { batched, CREATED, ordersOf } from "./batch-kit.js";
import {
  failure,
  hanging,
  idOf,
  type OK,
  openWorkedRoad,
  type WorkedRoad,
  type WorkedRoadOptions,
} from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const open = async (send: WorkedRoadOptions["send"], change?: WorkedRoadOptions["change"]) => {
  worked = await openWorkedRoad({ send, ...(change ? { change } : {}) });
};

describe("a batch that could hold more", () => {
  it("is sent as it is while others fill the memory that more could be claimed into", async () => {
    const receiver = hanging();
    await open((send) => (ordersOf(send).length > 100 ? receiver.send() : Promise.resolve(CREATED)));
    await worked.create("big", batched(500, "0s", { filter: { statusCodes: ["take"] } }));
    await worked.create("ave", batched(10, "0s", { filter: { statusCodes: ["delivered"] } }));
    worked.road.start();
    await worked.publish(600, { comment: "c".repeat(64 * 1024) });
    await worked.until(() => receiver.open.length === 1);
    await worked.publish(8, { statusCode: "delivered", status: "DELIVERED", descriptions: { en: "Delivered" } });
    await worked.run(10_000, 20);
    expect((await worked.states()).delivered).toBe(8);
  });

  it("does not claim all that waits for its retry before it goes out", async () => {
    let claimed = 0;
    let answer = () => Promise.reject<typeof OK>(failure({ fault: "response", code: "http_500", status: 500 }));
    await open(
      () => answer(),
      (road) => ({
        claim: async (request) => {
          const answer = await road.claim(request);
          claimed += answer.claims.length;
          return answer;
        },
      }),
    );
    const { id } = await worked.create("ave", batched(10));
    await worked.publish(1000);
    await worked.until(async () => worked.sends.length === 100 && (await worked.states()).pending === 1000);
    await worked.store.endpoints.setState(id, "paused", "");
    await worked.publish(1);
    await worked.run(30_000);
    const receiver = hanging();
    answer = receiver.send;
    claimed = 0;
    await worked.store.endpoints.setState(id, "active", "");
    await worked.until(() => receiver.open.length === 1, "the first goes out");
    // One claim, with the whole of the last batch in it.
    expect(claimed).toBeLessThan(600);
  });

  it("waits for its time although a full one went out before it", async () => {
    await open(() => Promise.resolve(CREATED));
    await worked.create("ave", batched(10, "30s"));
    await worked.publish(13);
    await worked.run(20_000);
    expect(worked.sends.map((send) => ordersOf(send).length)).toEqual([10]);
    await worked.publish(2);
    await worked.run(11_000);
    await worked.until(async () => (await worked.delivered()) === 15);
    expect(worked.sends.map((send) => ordersOf(send).length)).toEqual([10, 5]);
  });
});

describe("a large batch", () => {
  it("is kept once, and made ready to be kept once", async () => {
    await open(() => Promise.resolve(CREATED));
    await worked.create("ave", batched(500));
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    }, 5);
    await worked.publish(500, { comment: "c".repeat(16 * 1024) });
    await worked.until(async () => (await worked.delivered()) === 500);
    clearInterval(watch);
    // Its 8 MiB for each of its members would be 4 GiB.
    expect(most / 1024 / 1024).toBeLessThan(500);
    const bytes = await worked.store.database.json<number>("SELECT sum(length(body)) FROM attempts");
    expect(bytes / 1024 / 1024).toBeLessThan(10);
  });

  it("shows what was sent also when its oldest events were deleted", async () => {
    await open(() => Promise.resolve(CREATED));
    const { id } = await worked.create("ave", batched(10));
    await worked.store.endpoints.setState(id, "paused", "");
    await worked.publish(2);
    await worked.run(86_400_000, 1);
    await worked.publish(1);
    await worked.store.endpoints.setState(id, "active", "");
    await worked.until(async () => (await worked.delivered()) === 3);
    expect(worked.sends.map(ordersOf)).toEqual([["A1", "A2", "A3"]]);
    const anHour = { retentionDays: 1 / 24, payloadDays: null };
    expect(await forgetOld(worked.store.database, anHour, worked.clock.now())).toEqual({ events: 2, payloads: 0 });
    const [last] = await worked.deliveries();
    const [attempt] = (await createDeliveries(worked.store.database).get(last?.id ?? ""))?.attemptList ?? [];
    expect(attempt?.sent?.body).toContain('"id_envio":"A1"');
  });

  it("holds no more than 16 MiB of texts", async () => {
    await open(() => Promise.resolve(CREATED));
    await worked.create("ave", batched(500));
    await worked.publish(300, { comment: "c".repeat(64 * 1024) });
    await worked.until(async () => (await worked.delivered()) === 300);
    expect(Math.max(...worked.sends.map(({ payload }) => payload.body.length))).toBeLessThan(17 * 1024 * 1024);
  });
});

describe("the id of a batch", () => {
  it("stands for the same events in the same order each time", async () => {
    let fails = 1;
    await open(() => (fails-- > 0 ? Promise.reject(failure({ fault: "ambiguous" })) : Promise.resolve(CREATED)));
    const { id } = await worked.create("ave", batched(10));
    await worked.store.endpoints.setState(id, "paused", "");
    await worked.publish(2);
    const [first] = await worked.deliveries();
    await worked.run(1_000);
    // Due later than the one that came after it.
    await worked.store.actions.retry({ ids: [first?.id ?? ""] });
    await worked.store.endpoints.setState(id, "active", "");
    await worked.run(20_000);
    await worked.until(async () => (await worked.delivered()) === 2);
    expect(new Set(worked.sends.map(idOf)).size).toBe(1);
    expect(worked.sends.map(({ payload }) => payload.body.toString())).toEqual(
      Array(2).fill(worked.sends[0]?.payload.body.toString()),
    );
  });

  it("never comes again with more than it came with before, whatever the size is set to meanwhile", async () => {
    const receiver = hanging();
    await open(receiver.send);
    const { id } = await worked.create("ave", batched(20));
    worked.road.start();
    await worked.publish(20);
    await worked.until(() => receiver.open.length === 1);
    receiver.open[0]?.(failure());
    await worked.until(async () => (await worked.states()).pending === 20);
    const sized = (maxEvents: number) =>
      worked.store.endpoints.patch(id, { limits: { batch: { maxEvents, maxWait: "0s" } } });
    await sized(1);
    await worked.run(10_000);
    await worked.until(() => receiver.open.length === 2, "one goes out alone");
    await sized(20);
    await worked.run(100);
    for (let at = 1; at < 3; at++) {
      receiver.open[at]?.(failure({ fault: "ambiguous" }));
      await worked.run(90_000, 45);
      await worked.until(() => receiver.open.length === at + 2, "the next goes out");
    }
    const seen = new Map<string, string[]>();
    for (const send of worked.sends) {
      const before = seen.get(idOf(send)) ?? ordersOf(send);
      expect(ordersOf(send).filter((order) => !before.includes(order))).toEqual([]);
      seen.set(idOf(send), ordersOf(send));
    }
  });
});

describe("one member of a batch", () => {
  it("whose picture is gone does not take the others with it", async () => {
    await open(async ({ payload: { body } }) => {
      if (!Buffer.isBuffer(body)) for await (const _chunk of body.open());
      return CREATED;
    });
    const { id } = await worked.create("ave", batched(10));
    await worked.store.endpoints.setState(id, "paused", "");
    await worked.publish(3);
    await worked.publish(1, { pictures: ["data:image/png;base64,AAAA"] });
    await worked.publish(3);
    await worked.store.database.batch([{ sql: "DELETE FROM content_chunks", args: [] }]);
    worked.road.start();
    await worked.store.endpoints.setState(id, "active", "");
    await worked.run(900_000, 90);
    expect(await worked.states()).toEqual({ delivered: 6, failed: 1 });
    const lost = (await worked.deliveries()).find(({ state }) => state === "failed");
    expect(lost).toMatchObject({ order_number: "A4", reason: "internal" });
  });

  it("that is given up is told of, also when it is not the first", async () => {
    await open(() => Promise.reject(failure({ fault: "response", code: "http_500", status: 500 })));
    const { id, laneId } = await worked.create("ave", batched(10));
    await worked.store.endpoints.setState(id, "paused", "");
    await worked.publish(2);
    await worked.store.endpoints.setState(id, "active", "");
    const expired = "UPDATE deliveries SET expires_at = created_at WHERE order_number = 'A2'";
    await worked.store.database.batch([{ sql: expired, args: [] }]);
    await worked.until(async () => (await worked.states()).failed === 1);
    expect((await worked.lane(laneId)).given_up_at).not.toBeNull();
  });
});

describe("a setting", () => {
  it("must not let events expire while they wait for their batch", async () => {
    await open(() => Promise.resolve(CREATED));
    const retry = { schedule: ["0s"], giveUpAfter: "10m" };
    await expect(worked.create("a", batched(10, "10m", { retry }))).rejects.toMatchObject({
      fields: [{ path: "/limits/batch/maxWait" }],
    });
    await worked.create("b", batched(10, "9m", { retry }));
  });
});
