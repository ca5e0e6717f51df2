import { afterEach, describe, expect, it } from "vitest";
import { expiryOf, quietUntil } from "../../src/delivery/quiet-hours.js";
import { completeSettings } from "../../src/delivery/settings.js";
import type { QuietTime } from "../../src/schemas/endpoint.js";
import { post, registry } from "../store/kit.js";
import { endpoint } from "./kit.js";
import { OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);
const quiet = (quietHours: QuietTime[], timeZone = "Europe/Brussels") =>
  endpoint({ timeZone, limits: { ...endpoint().limits, quietHours } });
const night: QuietTime = { from: "22:00", to: "06:00" };

describe("quiet hours", () => {
  it.each<readonly [string, QuietTime[], string, string | null]>([
    ["before them", [night], "2026-01-14T20:59:59Z", null],
    ["at their beginning", [night], "2026-01-14T21:00:00Z", "2026-01-15T05:00:00Z"],
    ["after midnight", [night], "2026-01-15T04:59:59Z", "2026-01-15T05:00:00Z"],
    ["at their end", [night], "2026-01-15T05:00:00Z", null],
    ["within a day", [{ from: "12:00", to: "13:30" }], "2026-01-14T11:30:00Z", "2026-01-14T12:30:00Z"],
    ["on a day that they begin on", [{ ...night, days: ["wed"] }], "2026-01-14T22:00:00Z", "2026-01-15T05:00:00Z"],
    ["on another day", [{ ...night, days: ["wed"] }], "2026-01-15T22:00:00Z", null],
    ["to the end of a day", [{ from: "20:00", to: "24:00" }], "2026-01-14T22:59:59Z", "2026-01-14T23:00:00Z"],
    [
      "the whole weekend",
      [{ from: "00:00", to: "24:00", days: ["sat", "sun"] }],
      "2026-01-17T10:00:00Z",
      "2026-01-18T23:00:00Z",
    ],
    ["one after the other", [night, { from: "05:00", to: "07:30" }], "2026-01-14T22:00:00Z", "2026-01-15T06:30:00Z"],
    [
      "in maintenance",
      [{ from: "2026-01-14T18:00", until: "2026-01-16T08:00" }],
      "2026-01-15T00:00:00Z",
      "2026-01-16T07:00:00Z",
    ],
    [
      "with an offset",
      [{ from: "2026-01-14T18:00Z", until: "2026-01-14T19:00Z" }],
      "2026-01-14T18:00:00Z",
      "2026-01-14T19:00:00Z",
    ],
    ["after maintenance", [{ from: "2026-01-14T18:00", until: "2026-01-16T08:00" }], "2026-01-16T07:00:00Z", null],
    // 29 March 2026, 02:00 becomes 03:00; 25 October, 03:00 becomes 02:00.
    ["that end in skipped time", [{ from: "01:00", to: "02:30" }], "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"],
    ["that begin in skipped time, before it", [{ from: "02:30", to: "04:00" }], "2026-03-29T00:59:59Z", null],
    ["that begin in skipped time", [{ from: "02:30", to: "04:00" }], "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"],
    ["a shorter night", [night], "2026-03-28T22:00:00Z", "2026-03-29T04:00:00Z"],
    ["a longer night", [night], "2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z"],
    ["that end in time shown twice", [{ from: "01:00", to: "02:30" }], "2026-10-25T00:40:00Z", "2026-10-25T01:30:00Z"],
    [
      "that begin in time shown twice",
      [{ from: "02:30", to: "04:00" }],
      "2026-10-25T00:30:00Z",
      "2026-10-25T03:00:00Z",
    ],
  ])("%s", (_what, hours, now, until) => {
    expect(quietUntil(quiet(hours), at(now))).toBe(until === null ? null : at(until));
  });

  it("go by the endpoint's time zone", () => {
    const there = quiet([night], "America/New_York");
    expect(quietUntil(there, at("2026-01-14T21:00:00Z"))).toBeNull();
    expect(quietUntil(there, at("2026-01-15T03:00:00Z"))).toBe(at("2026-01-15T11:00:00Z"));
  });

  it("are told of anew as time passes, and when the clock was set back", () => {
    const erp = quiet([night]);
    const asked = ["2026-01-14T20:00:00Z", "2026-01-14T22:00:00Z", "2026-01-15T06:00:00Z", "2026-01-14T23:00:00Z"];
    expect(asked.map((now) => quietUntil(erp, at(now)) !== null)).toEqual([false, true, false, true]);
  });

  it("do not count as time in which something expires", () => {
    const retry = { scheduleMs: [0], giveUpAfterMs: 20 * HOUR };
    const now = at("2026-01-14T20:00:00Z");
    expect(expiryOf({ ...quiet([]), retry }, now) - now).toBe(20 * HOUR);
    // One hour, a night of eight, sixteen hours of day, and another night before the last three.
    expect(expiryOf({ ...quiet([night]), retry }, now) - now).toBe((20 + 16) * HOUR);
  });

  it("do not count when there are fifty a day either, and looking them up takes no second", () => {
    const clock = (minutes: number) =>
      `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
    const fifty = Array.from({ length: 50 }, (_, n) => ({ from: clock(n * 28), to: clock(n * 28 + 14) }));
    const now = at("2026-01-14T23:00:00Z");
    const days = (giveUpAfter: number) => ({
      ...quiet(fifty),
      retry: { scheduleMs: [0], giveUpAfterMs: giveUpAfter * 24 * HOUR },
    });
    const started = process.cpuUsage();
    const expires = expiryOf(days(10), now);
    expiryOf(days(365), now);
    expect(process.cpuUsage(started).user).toBeLessThan(1_500_000);
    let free = 0;
    const walked = quiet(fifty);
    for (let minute = now; minute < expires; minute += 60_000) if (quietUntil(walked, minute) === null) free += 60_000;
    expect(free).toBe(10 * 24 * HOUR);
  });

  it.each<readonly [string, unknown, string]>([
    ["no end", { from: "22:00" }, "/limits/quietHours/0"],
    ["two ends", { from: "22:00", to: "06:00", until: "2026-01-01T00:00" }, "/limits/quietHours/0"],
    ["an hour that there is not", { from: "25:00", to: "06:00" }, "/limits/quietHours/0/from"],
    ["another that there is not", { from: "22:00", to: "6" }, "/limits/quietHours/0/to"],
    ["a day that there is not", { from: "22:00", to: "06:00", days: ["someday"] }, "/limits/quietHours/0/days/0"],
    ["a time that is none", { from: "tomorrow", until: "2026-01-01T00:00" }, "/limits/quietHours/0/from"],
    [
      "an end before the beginning",
      { from: "2026-01-02T00:00", until: "2026-01-01T00:00" },
      "/limits/quietHours/0/until",
    ],
    [
      "days of what happens once",
      { from: "2026-01-01T00:00", until: "2026-01-02T00:00", days: ["mon"] },
      "/limits/quietHours/0/days",
    ],
    ["no time left", { from: "00:00", to: "24:00" }, "/limits/quietHours"],
  ])("are refused with %s", (_what, entry, path) => {
    const { fields } = completeSettings({ ...post(), limits: { quietHours: [entry] } }, registry);
    expect(fields.map((field) => field.path)).toEqual([path]);
  });
});

describe("a lane in quiet hours", () => {
  let worked: WorkedRoad;
  afterEach(() => worked.close());

  it("sends nothing, spends no attempt, gives nothing up, and goes on by itself when they end", async () => {
    worked = await openWorkedRoad({ send: async () => OK });
    worked.road.start();
    // The clock begins at 11:06:49 in Brussels.
    const hours = [{ from: "11:00", to: "12:00" }];
    const { id } = await worked.create("erp", { limits: { quietHours: hours }, retry: { giveUpAfter: "10m" } });
    await worked.create("crm");
    await worked.publish(3);
    await worked.run(50 * 60_000, 20);
    expect(worked.sends.map(({ url }) => url)).toEqual(Array(3).fill("https://crm.example/"));
    const waiting = (await worked.deliveries()).filter(({ endpoint_id }) => endpoint_id === id);
    expect(waiting.map(({ state, attempts }) => [state, attempts])).toEqual(Array(3).fill(["pending", 0]));
    await worked.run(4 * 60_000, 10);
    await worked.until(async () => (await worked.delivered()) === 6);
    const times = worked.sends.slice(3).map(({ context }) => context.ids.timestamp * 1000);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(Date.UTC(2023, 6, 19, 10));
  });

  it("keeps what waits when they are set afterwards, however late it is", async () => {
    let down = true;
    worked = await openWorkedRoad({
      send: async () => {
        if (down) throw new Error("not yet");
        return OK;
      },
    });
    const { id } = await worked.create("erp", { retry: { schedule: ["5m"], giveUpAfter: "10m" } });
    await worked.publish(1);
    await worked.store.endpoints.patch(id, { limits: { quietHours: [{ from: "11:00", to: "12:00" }] } });
    worked.road.start();
    down = false;
    await worked.run(45 * 60_000, 20);
    expect(await worked.states()).toEqual({ pending: 1 });
    await worked.run(15 * 60_000, 20);
    await worked.until(async () => (await worked.delivered()) === 1);
  });
});
