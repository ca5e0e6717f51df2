import { afterEach, describe, expect, it } from "vitest";
import { ClaimExpiredError } from "../../src/errors.js";
import {
  failure,
  hanging,
  hostOf,
  idOf,
  OK,
  openWorkedRoad,
  type WorkedRoad,
  type WorkedRoadOptions,
} from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const open = async (send: WorkedRoadOptions["send"], change?: WorkedRoadOptions["change"]) => {
  worked = await openWorkedRoad({ send, ...(change ? { change } : {}) });
};

describe("a lane", () => {
  it("has two sends under way until its receiver has answered, and then no more than its concurrency", async () => {
    const receiver = hanging();
    await open(receiver.send);
    await worked.create("erp", { limits: { concurrency: 3 } });
    await worked.publish(10);
    await worked.until(() => receiver.open.length === 2);
    await worked.run(0, 1);
    expect(worked.sends).toHaveLength(2);
    receiver.open.shift()?.(OK);
    for (let done = 1; done < 10; ) {
      await worked.until(() => worked.sends.length === Math.min(done + 3, 10));
      await worked.run(0, 1);
      expect(worked.sends.length).toBe(Math.min(done + 3, 10));
      receiver.open.shift()?.(OK);
      done++;
    }
    await worked.until(async () => (await worked.delivered()) === 10);
    expect(new Set(worked.sends.map(idOf)).size).toBe(10);
  });

  it("has one send under way, and not more, while the whole process has its most", async () => {
    const receiver = hanging();
    let hangs = false;
    const send: WorkedRoadOptions["send"] = (one) =>
      hangs && hostOf(one) !== "fast" ? receiver.send() : Promise.resolve(OK);
    worked = await openWorkedRoad({ send, mostSends: 4 });
    for (const name of ["a", "b", "fast"]) await worked.create(name, { limits: { concurrency: 4 } });
    await worked.publish(1);
    await worked.until(async () => (await worked.delivered()) === 3);
    hangs = true;
    await worked.publish(20);
    await worked.until(async () => (await worked.delivered()) === 23);
    await worked.run(0, 1);
    // One of the two may have its four, and the other has one all the same: without a bound they have eight.
    expect(receiver.open.length).toBeGreaterThanOrEqual(2);
    expect(receiver.open.length).toBeLessThanOrEqual(5);
    expect(new Set(worked.sends.slice(3).map(hostOf))).toEqual(new Set(["a", "b", "fast"]));
    receiver.open.shift()?.(OK);
    await worked.until(async () => (await worked.delivered()) === 24);
    await worked.run(0, 1);
    expect(receiver.open.length).toBeLessThanOrEqual(5);
    hangs = false;
    for (const answer of receiver.open) answer(OK);
    await worked.until(async () => (await worked.delivered()) === 63);
  });

  it("whose receiver hangs does not slow another", async () => {
    await open((send) => (hostOf(send) === "slow" ? new Promise(() => undefined) : Promise.resolve(OK)));
    await worked.create("slow");
    await worked.create("fast");
    await worked.publish(300);
    await worked.until(async () => (await worked.delivered()) === 300);
    const slow = worked.sends.filter((send) => hostOf(send) === "slow");
    expect(slow).toHaveLength(2);
  });

  it("whose receiver is slow claims no more than a few times what it may send at once", async () => {
    const receiver = hanging();
    let hangs = false;
    await open(() => (hangs ? receiver.send() : Promise.resolve(OK)));
    await worked.create("erp", { limits: { concurrency: 4 } });
    await worked.publish(1);
    await worked.until(async () => (await worked.delivered()) === 1);
    hangs = true;
    await worked.publish(500);
    await worked.until(() => receiver.open.length === 4);
    // The clock stands: each claim seems to have gone out at once.
    await worked.run(0, 20);
    expect((await worked.states()).sending).toBeLessThanOrEqual(8 * 4);
  });

  it("never starts a send after its claim has expired: it is claimed again", async () => {
    const receiver = hanging();
    let hangs = false;
    await open(() => (hangs ? receiver.send() : Promise.resolve(OK)));
    await worked.create("erp", { limits: { concurrency: 1 } });
    await worked.publish(8);
    await worked.until(async () => (await worked.delivered()) === 8);
    hangs = true;
    await worked.publish(20);
    await worked.until(() => receiver.open.length === 1);
    await worked.until(async () => ((await worked.states()).sending ?? 0) > 1, "a claim of several");
    const tokens = new Set((await worked.deliveries()).flatMap(({ claim_token }) => claim_token ?? []));
    await worked.run(120_000);
    expect(worked.sends).toHaveLength(9);
    hangs = false;
    receiver.open.shift()?.(OK);
    await worked.until(async () => (await worked.delivered()) === 28);
    expect(worked.sends.slice(9).every(({ at }) => at >= 120_000)).toBe(true);
    expect(tokens.size).toBeGreaterThan(0);
    expect(new Set(worked.sends.map(idOf)).size).toBe(28);
    expect(
      (await worked.deliveries()).every(({ attempts, internal_faults }) => attempts === 1 && internal_faults === 0),
    ).toBe(true);
  });

  it("spends no attempt on a send that came too late to be written: it is claimed again", async () => {
    let late = true;
    await open(async ({ context }) => {
      if (!late) return OK;
      late = false;
      await worked.clock.advance(context.startBy - worked.clock.monotonic());
      throw new ClaimExpiredError();
    });
    await worked.create("erp");
    await worked.publish(1);
    await worked.until(async () => (await worked.delivered()) === 1);
    expect(worked.sends).toHaveLength(2);
    expect(await worked.deliveries()).toMatchObject([{ attempts: 1, internal_faults: 0 }]);
  });

  it("keeps its rate: ten a second", async () => {
    await open(() => Promise.resolve(OK));
    await worked.create("erp", { limits: { rate: { count: 10, per: "second" } } });
    await worked.publish(60);
    await worked.run(4_000, 80);
    const times = worked.sends.map(({ at }) => at);
    expect(times.length).toBeGreaterThan(35);
    for (const from of times) {
      expect(times.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(10);
    }
  });

  it("sends at a rate of a few an hour, and claims nothing while it waits", async () => {
    await open(() => Promise.resolve(OK));
    // Longer from one to the next than a claim lasts.
    await worked.create("erp", { limits: { rate: { count: 30, per: "hour" } } });
    worked.road.start();
    await worked.publish(4);
    await worked.until(async () => (await worked.delivered()) === 1);
    await worked.run(100_000);
    expect(await worked.states()).toEqual({ delivered: 1, pending: 3 });
    await worked.run(400_000, 20);
    await worked.until(async () => (await worked.delivered()) === 4);
    const gaps = worked.sends.slice(1).map(({ at }, index) => at - (worked.sends[index]?.at ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(119_000);
  });

  it("waits as long as a 429 asks, and spends nothing of the others", async () => {
    let busy = true;
    const refusal = failure({ fault: "response", code: "http_429", status: 429, retryAfterMs: 120_000 });
    await open(() => (busy ? Promise.reject(refusal) : Promise.resolve(OK)));
    const erp = await worked.create("erp", { limits: { concurrency: 1 } });
    worked.road.start();
    await worked.publish(6);
    await worked.until(async () => (await worked.lane(erp.laneId)).held_until !== null);
    busy = false;
    await worked.run(119_000, 30);
    expect(worked.sends).toHaveLength(1);
    await worked.run(10_000);
    await worked.until(async () => (await worked.delivered()) === 6);
    expect((await worked.deliveries()).map(({ attempts }) => attempts).sort()).toEqual([1, 1, 1, 1, 1, 2]);
  });

  it("is held for a fault of its setting, and goes on once that is changed", async () => {
    let wrong = true;
    const refusal = failure({ fault: "config", code: "address_refused", message: "that address is private" });
    await open(() => (wrong ? Promise.reject(refusal) : Promise.resolve(OK)));
    const erp = await worked.create("erp", { limits: { concurrency: 1 } });
    worked.road.start();
    await worked.publish(5);
    await worked.until(async () => (await worked.lane(erp.laneId)).held_reason !== null);
    await worked.run(3_600_000);
    expect(worked.sends).toHaveLength(1);
    expect(await worked.states()).toEqual({ pending: 5 });
    expect((await worked.deliveries()).map(({ step }) => step)).toEqual([0, 0, 0, 0, 0]);
    wrong = false;
    await worked.store.endpoints.patch(erp.id, { transport: { type: "http-post", url: "https://new.example/" } });
    await worked.until(async () => (await worked.delivered()) === 5);
    expect(worked.sends.slice(1).every((send) => hostOf(send) === "new")).toBe(true);
  });

  it("is not held for what was wrong with a setting that was changed meanwhile", async () => {
    const receiver = hanging();
    await open((send) => (hostOf(send) === "erp" ? receiver.send() : Promise.resolve(OK)));
    const erp = await worked.create("erp");
    await worked.publish(4);
    await worked.until(() => receiver.open.length === 2);
    receiver.open.shift()?.(OK);
    await worked.until(() => receiver.open.length === 3);
    await worked.store.endpoints.patch(erp.id, { transport: { type: "http-post", url: "https://new.example/" } });
    await worked.run(0, 1);
    const gone = failure({ fault: "response", code: "http_410", status: 410 });
    receiver.open[0]?.(failure({ fault: "config", code: "address_refused" }));
    receiver.open[1]?.(gone);
    receiver.open[2]?.(OK);
    await worked.until(async () => (await worked.delivered()) === 3);
    expect(await worked.states()).toEqual({ delivered: 3, failed: 1 });
    expect(await worked.lane(erp.laneId)).toMatchObject({ held_reason: null, disabled_at: null });
    expect((await worked.store.endpoints.get(erp.id))?.state).toBe("active");
  });

  it("sends nothing more to an endpoint that is gone, and keeps what waits for it", async () => {
    await open(() => Promise.reject(failure({ fault: "response", code: "http_410", status: 410 })));
    const erp = await worked.create("erp", { limits: { concurrency: 1 } });
    await worked.publish(300);
    await worked.until(async () => (await worked.store.endpoints.get(erp.id))?.state === "disabled");
    await worked.until(async () => (await worked.states()).sending === undefined);
    expect(await worked.states()).toEqual({ failed: 1, pending: 299 });
    expect(worked.sends).toHaveLength(1);
    expect(await worked.store.endpoints.get(erp.id)).toMatchObject({ stateReason: "410 Gone" });
    expect((await worked.lane(erp.laneId)).disabled_at).not.toBeNull();
  });
});

describe("the breaker of a lane", () => {
  it("opens after five failed connections, then sends one probe at a time, not always the same delivery", async () => {
    let down = true;
    await open(() => (down ? Promise.reject(failure()) : Promise.resolve(OK)));
    const erp = await worked.create("erp", { limits: { concurrency: 1 } });
    await worked.publish(30);
    await worked.until(async () => (await worked.lane(erp.laneId)).open_until !== null);
    expect(worked.sends).toHaveLength(5);
    worked.road.start();
    await worked.run(5_000 + 10_000 + 20_000 + 40_000 + 1_000, 80);
    const probes = worked.sends.slice(5);
    expect(probes.length).toBeGreaterThanOrEqual(3);
    expect(probes.length).toBeLessThanOrEqual(4);
    expect(new Set(probes.map(idOf)).size).toBeGreaterThan(1);
    const gaps = probes.slice(1).map(({ at }, index) => at - (probes[index]?.at ?? 0));
    gaps.forEach((gap, index) => {
      expect(gap).toBeGreaterThanOrEqual(10_000 * 2 ** index);
    });
    const untouched = (await worked.deliveries()).filter(({ attempts }) => attempts === 0);
    expect(untouched.length).toBeGreaterThanOrEqual(21);
    down = false;
    await worked.run(600_000, 100);
    expect(await worked.states()).toEqual({ delivered: 30 });
    expect(await worked.lane(erp.laneId)).toMatchObject({ failures: 0, open_until: null });
  });

  it("is not opened by answers of no that are about what was sent", async () => {
    await open(() => Promise.reject(failure({ fault: "response", code: "http_422", status: 422 })));
    await worked.create("erp");
    await worked.publish(50);
    await worked.until(() => worked.sends.length === 50);
  });

  it("closes when the setting is changed", async () => {
    await open((send) => (hostOf(send) === "new" ? Promise.resolve(OK) : Promise.reject(failure())));
    const erp = await worked.create("erp", { limits: { concurrency: 1 } });
    await worked.publish(10);
    await worked.until(async () => (await worked.lane(erp.laneId)).open_until !== null);
    await worked.store.endpoints.patch(erp.id, { transport: { type: "http-post", url: "https://new.example/" } });
    await worked.until(async () => (await worked.delivered()) >= 5);
  });
});
