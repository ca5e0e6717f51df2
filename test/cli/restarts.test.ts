import { beforeEach, describe, expect, it } from "vitest";
import { Restarts } from "../../src/cli/restarts.js";
import { type ManualClock, manualClock } from "../support/clock.js";

let clock: ManualClock;
let restarts: Restarts;

beforeEach(() => {
  clock = manualClock();
  restarts = new Restarts(clock);
});

describe("processes that end by themselves", () => {
  it("end all when one is refused before any has listened, however long its start took", async () => {
    await clock.advance(60_000);
    expect(restarts.ended(1, true)).toBeNull();
  });

  it("are started again when they were killed, however soon", async () => {
    await clock.advance(100);
    expect(restarts.ended(1, false)).toBe(1_000);
  });

  it("are started again after ever longer pauses once one has listened, and soon when they have lasted themselves", async () => {
    restarts.listens(0);
    restarts.listens(1);
    await clock.advance(5_000);
    const pauses: (number | null)[] = [restarts.ended(1, true)];
    for (let at = 0; at < 7; at++) {
      await clock.advance(6_000);
      pauses.push(restarts.ended(1, true));
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    restarts.listens(1);
    await clock.advance(5_000);
    expect(restarts.ended(1, true)).toBe(1_000);
  });

  it("are started again after ever longer pauses when they end soon after they have listened", async () => {
    const pauses: (number | null)[] = [];
    for (let at = 0; at < 3; at++) {
      restarts.listens(0);
      await clock.advance(4_999);
      pauses.push(restarts.ended(0, true));
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000]);
  });

  it("are started again when all of them end, as one has listened before", async () => {
    restarts.listens(0);
    restarts.listens(1);
    await clock.advance(5_000);
    expect(restarts.ended(0, true)).toBe(1_000);
    expect(restarts.ended(1, true)).toBe(1_000);
    expect(restarts.ended(0, true)).toBe(2_000);
    expect(restarts.ended(1, true)).toBe(2_000);
  });
});
