import { afterEach, describe, expect, it } from "vitest";
import { type DisablingNotice, type FailingLane, planDisabling } from "../../src/delivery/disabling.js";
import { shardLanes } from "../../src/delivery/shards.js";
import type { Endpoint } from "../../src/types.js";
import { endpoint, NOW } from "./kit.js";
import { failure, OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const CLOCK_ALONE = { afterDays: 5, mails: false };
const MAILS = { afterDays: 5, mails: true };

const failing = (since: number, until: number, more: Partial<FailingLane> = {}): FailingLane => ({
  ...{ id: "ep_1", endpointId: "ep_1", disablesAt: null, notice: null, ...more },
  since: NOW + since,
  until: NOW + until,
});
const limited = (limits: Partial<Endpoint["limits"]>) =>
  endpoint({ limits: { ...endpoint().limits, ...limits }, timeZone: "UTC" });

describe("an endpoint that fails for days", () => {
  it.each([
    ["four days are not over", failing(-4 * DAY + 1, 0), { step: "none" }],
    ["four days are over", failing(-4 * DAY, 0), { step: "announce", disablesAt: NOW + DAY }],
    ["much more is", failing(-90 * DAY, 0), { step: "announce", disablesAt: NOW + DAY }],
    ["nothing was tried for long", failing(-90 * DAY, -88 * DAY), { step: "none" }],
    ["the last try was on the fourth day", failing(-9 * DAY, -5 * DAY), { step: "announce", disablesAt: NOW + DAY }],
    ["its time has not come", failing(-5 * DAY, 0, { disablesAt: NOW + 1 }), { step: "wait" }],
    ["nothing was tried since its time", failing(-9 * DAY, -DAY, { disablesAt: NOW - 1 }), { step: "wait" }],
    [
      "its time has come",
      failing(-5 * DAY, 0, { disablesAt: NOW }),
      { step: "disable", since: NOW - 5 * DAY, announced: true },
    ],
    ["only another lane of its fails", failing(-9 * DAY, 0, { id: "ep_1~1" }), { step: "none" }],
  ] as const)("%s", (_what, lane, plan) => {
    expect(planDisabling(endpoint(), [lane], NOW, CLOCK_ALONE)).toEqual(plan);
  });

  it("is not sent to in quiet hours: they do not count", () => {
    const half = limited({ quietHours: [{ from: "00:00", to: "12:00" }] });
    expect(planDisabling(half, [failing(-7 * DAY, 0)], NOW, CLOCK_ALONE).step).toBe("none");
    expect(planDisabling(half, [failing(-8.5 * DAY, 0)], NOW, CLOCK_ALONE)).toMatchObject({ step: "announce" });
    const plan = planDisabling(half, [failing(-8.2 * DAY, 0)], NOW, CLOCK_ALONE);
    expect(plan.step === "announce" && plan.disablesAt).toBeGreaterThan(NOW + 1.5 * DAY);
  });

  it("with shards fails when all of them do, as long as the last of them does", () => {
    const sharded = limited({ shards: 3 });
    const lanes = shardLanes("ep_1", 3).map((id, at) => failing(-5 * DAY + at * HOUR, -at * HOUR, { id }));
    const left = failing(-5 * DAY, 0, { id: "ep_1~7" });
    expect(planDisabling(sharded, lanes, NOW, CLOCK_ALONE)).toEqual({ step: "announce", disablesAt: NOW + DAY });
    expect(planDisabling(sharded, [...lanes.slice(0, 2), left], NOW, CLOCK_ALONE)).toEqual({ step: "none" });
    const planned = lanes.map((lane) => ({ ...lane, disablesAt: NOW }));
    expect(planDisabling(sharded, planned, NOW, CLOCK_ALONE)).toEqual({
      step: "disable",
      since: NOW - 5 * DAY + 2 * HOUR,
      announced: true,
    });
  });
});

describe("an endpoint whose disabling is announced by mail", () => {
  const told = (more: Partial<DisablingNotice>): DisablingNotice => ({
    ...{ openedAt: NOW - DAY, writtenAt: NOW - DAY, sentAt: null, failedAt: null, dueAt: NOW + 1, ...more },
  });
  const later = { step: "postpone", disablesAt: NOW + 25 * HOUR, unsent: true };
  const disable = (announced: boolean) => ({ step: "disable", since: NOW - 5 * DAY, announced });

  it.each([
    ["nobody has looked at the plan yet", null, 0, later],
    ["its mail waits for the mail server", told({}), 0, later],
    ["its mail is under way", told({ dueAt: NOW }), 0, { step: "wait" }],
    ["its mail is gone", told({ dueAt: null }), 0, later],
    ["its mail waits, with less than a day left", told({}), DAY - 1, later],
    ["its mail waits, with a day left", told({}), DAY, { step: "wait" }],
    ["its mail was sent a day ago", told({ sentAt: NOW - DAY }), 0, disable(true)],
    [
      "its mail was sent an hour ago",
      told({ sentAt: NOW - HOUR }),
      0,
      { ...later, disablesAt: NOW + 23 * HOUR, unsent: false },
    ],
    ["its mail was sent before the clock was set back", told({ sentAt: NOW + 1 }), 0, disable(true)],
    ["there is nobody to mail", told({ writtenAt: null }), 0, disable(true)],
    ["its mail was given up", told({ failedAt: NOW - 1 }), 0, disable(false)],
    ["its mail was given up, with time left", told({ failedAt: NOW - 1 }), 1, { step: "wait" }],
    ["it has waited for its mail for a week", told({ openedAt: NOW - 7 * DAY }), 0, disable(false)],
    ["it has waited for its mail for less", told({ openedAt: NOW - 7 * DAY + 1 }), 0, later],
  ] as const)("when %s", (_what, notice, left, plan) => {
    const lane = failing(-5 * DAY, 0, { disablesAt: NOW + left, notice });
    expect(planDisabling(endpoint(), [lane], NOW, MAILS)).toEqual(plan);
    // Without a mail server the clock alone decides.
    const alone = left === 0 ? disable(true) : { step: "wait" };
    expect(planDisabling(endpoint(), [lane], NOW, CLOCK_ALONE)).toEqual(alone);
  });
});

describe("a receiver that is down for days", { timeout: 120_000 }, () => {
  let worked: WorkedRoad;
  let erp: Endpoint;
  let up = false;
  afterEach(() => worked.close());

  /** `more`: of the endpoint. */
  async function open(more: Parameters<WorkedRoad["create"]>[1] = {}) {
    up = false;
    worked = await openWorkedRoad({ send: () => (up ? Promise.resolve(OK) : Promise.reject(failure())) });
    erp = await worked.create("erp", { limits: { concurrency: 1 }, ...more });
    worked.road.start();
  }

  /** Something is published every six hours. */
  async function days(count: number): Promise<void> {
    for (let quarter = 0; quarter < count * 4; quarter++) {
      await worked.publish(1);
      await worked.run(6 * HOUR, 8);
    }
  }

  const plan = () =>
    worked.store.database.json<number | null>("SELECT json_quote(disables_at) FROM lanes WHERE id = ?", erp.laneId);
  const state = async () => (await worked.store.endpoints.get(erp.id))?.state;

  it("is announced a day before, then disabled with all that waits, which is sent once it is resumed", async () => {
    await open();
    const began = worked.clock.now();
    await days(3.75);
    expect(await plan()).toBeNull();
    await days(0.5);
    expect(await state()).toBe("active");
    const at = await plan();
    expect(at).toBeGreaterThanOrEqual(began + 5 * DAY);
    expect(at).toBeLessThan(began + 5.5 * DAY);
    await days(1.5);
    expect(await state()).toBe("disabled");
    expect(await plan()).toBeNull();
    const { stateReason } = (await worked.store.endpoints.get(erp.id)) ?? {};
    expect(stateReason).toMatch(/^nothing but failures since 2023-07-19T/);
    const [entry] = (await worked.store.audit.list({ subject: erp.id })).items;
    expect(entry).toMatchObject({ keyId: "waybell", operation: "disableEndpoint", after: { state: "disabled" } });

    const sends = worked.sends.length;
    const { pending = 0 } = await worked.states();
    expect(pending).toBeGreaterThan(5);
    up = true;
    await days(20);
    expect(worked.sends.length).toBe(sends);
    expect((await worked.states()).pending).toBe(pending + 80);
    await worked.store.actions.resume(erp.id, "sendAll");
    await worked.run(HOUR, 20);
    expect(await worked.states()).toMatchObject({ delivered: pending + 80 });
    expect(await state()).toBe("active");
  });

  it("is not disabled when something arrives in between, and all begins anew", async () => {
    await open();
    await days(4.5);
    expect(await plan()).not.toBeNull();
    up = true;
    await worked.run(6 * HOUR, 40);
    expect(await plan()).toBeNull();
    up = false;
    await days(3.5);
    expect([await plan(), await state()]).toEqual([null, "active"]);
  });

  it("is not failing while it is paused", async () => {
    await open();
    await days(4.5);
    expect(await plan()).not.toBeNull();
    await worked.store.endpoints.setState(erp.id, "paused", "");
    expect(await plan()).toBeNull();
    await days(4);
    await worked.store.endpoints.setState(erp.id, "active", "");
    await days(0.5);
    const at = (await plan()) ?? 0;
    expect(at).toBeGreaterThanOrEqual(worked.clock.now() + 0.4 * DAY);
    expect(await state()).toBe("active");
    await days(1.5);
    expect(await state()).toBe("disabled");
  });

  it("is not failing while nothing is sent", async () => {
    await open({ retry: { schedule: ["0s"] } });
    await worked.publish(1);
    await worked.run(30 * DAY, 60);
    expect(await worked.states()).toEqual({ failed: 1 });
    expect([await plan(), await state()]).toEqual([null, "active"]);
  });

  it.each([-3 * DAY, 30 * DAY])("has the whole of its notice when the clock is set by %i ms", async (by) => {
    await open();
    await days(4.25);
    const left = ((await plan()) ?? 0) - worked.clock.now();
    expect(left).toBeGreaterThan(0.5 * DAY);
    worked.clock.jump(by);
    await worked.run(10 * 60_000, 20);
    expect(Math.abs(((await plan()) ?? 0) - worked.clock.now() - left)).toBeLessThan(HOUR);
    expect(await state()).toBe("active");
    await days(1.5);
    expect(await state()).toBe("disabled");
  });

  it("is disabled by the next process, as the former one announced it", async () => {
    await open();
    await days(4.5);
    const at = await plan();
    const next = await worked.restart();
    next.start();
    await worked.run(2 * 60_000, 4);
    expect(await plan()).toBe(at);
    expect(at).not.toBeNull();
    for (let quarter = 0; quarter < 6; quarter++) {
      await next.publisher.publish([
        {
          customer: "acme",
          order: `N${quarter}`,
          statusCode: "take",
          statusTime: new Date(worked.clock.now()).toISOString(),
        },
      ]);
      await worked.run(6 * HOUR, 8);
    }
    expect(await state()).toBe("disabled");
  });
});
