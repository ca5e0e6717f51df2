import { afterEach, describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../../src/errors.js";
import { idOf, OK, openWorkedRoad, type WorkedRoad, type WorkedRoadOptions } from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const open = async (send: WorkedRoadOptions["send"], change?: WorkedRoadOptions["change"]) => {
  worked = await openWorkedRoad({ send, ...(change ? { change } : {}) });
};

describe("a result that cannot be recorded", () => {
  it("is kept and tried again, and what was sent is not sent again", async () => {
    let full = true;
    const error = new StoreUnavailableError("full", "full", undefined);
    await open(
      () => Promise.resolve(OK),
      (road) => ({ record: (record) => (full ? Promise.reject(error) : road.record(record)) }),
    );
    await worked.create("erp");
    worked.road.start();
    await worked.publish(5);
    await worked.until(() => worked.sends.length === 5);
    await worked.run(600_000, 30);
    expect(await worked.states()).toEqual({ sending: 5 });
    expect(worked.sends).toHaveLength(5);
    full = false;
    await worked.run(1_000);
    await worked.until(async () => (await worked.delivered()) === 5);
    expect(worked.sends).toHaveLength(5);
  });

  it("does not keep a stopped process alive", async () => {
    const error = new StoreUnavailableError("full", "full", undefined);
    await open(
      () => Promise.resolve(OK),
      () => ({ record: () => Promise.reject(error) }),
    );
    await worked.create("erp", { limits: { rate: { count: 2, per: "minute" } } });
    await worked.publish(5);
    await worked.until(() => worked.sends.length === 1);
    const stopped = worked.road.stop(1_000);
    await worked.run(5_000, 50);
    await stopped;
    await worked.run(1_000);
    expect(worked.clock.waiting).toBe(0);
  });

  it("that the database refuses each time lets its claim expire", async () => {
    await open(
      () => Promise.resolve(OK),
      (road) => ({
        record: (record) => (worked.sends.length < 2 ? Promise.reject(new Error("odd")) : road.record(record)),
      }),
    );
    await worked.create("erp");
    worked.road.start();
    await worked.publish(1);
    await worked.until(() => worked.sends.length === 1);
    await worked.run(120_000, 40);
    await worked.until(async () => (await worked.delivered()) === 1);
    expect(new Set(worked.sends.map(idOf)).size).toBe(1);
  });
});

describe("what fails inside Waybell", () => {
  it("spends no attempt, and is given up at the fifth time", async () => {
    await open(() => Promise.reject(new TypeError("a bug")));
    const erp = await worked.create("erp");
    worked.road.start();
    await worked.publish(1);
    await worked.run(10 * 60_000, 200);
    const [row] = await worked.deliveries();
    expect(row).toMatchObject({
      state: "failed",
      reason: "internal",
      fault: "internal",
      attempts: 0,
      internal_faults: 5,
    });
    expect(worked.sends).toHaveLength(5);
    expect(await worked.lane(erp.laneId)).toMatchObject({ failure_fault: "internal" });
  });

  it("gives back what was claimed when no names can be given out", async () => {
    let fails = true;
    let refused = 0;
    const refuse = () => {
      refused++;
      return Promise.reject(new StoreUnavailableError("full", "full", undefined));
    };
    await open(
      () => Promise.resolve(OK),
      (road) => ({ takeName: (wish) => (fails ? refuse() : road.takeName(wish)) }),
    );
    await worked.create("ftp", {
      transport: { type: "ftp", host: "ftp.example.com", username: "u", password: "p", directory: "in" },
      template: { name: "ontime", options: { format: "json" } },
    });
    await worked.publish(3);
    await worked.until(async () => refused > 0 && (await worked.states()).pending === 3);
    expect(worked.sends).toEqual([]);
    fails = false;
    await worked.run(2_000);
    await worked.until(async () => (await worked.delivered()) === 3);
    expect(worked.sends.map(({ context }) => context.fileName)).toEqual([
      expect.stringMatching(/^A1_take_\d{14}\.json$/),
      expect.stringMatching(/^A2_take_\d{14}\.json$/),
      expect.stringMatching(/^A3_take_\d{14}\.json$/),
    ]);
  });
});
