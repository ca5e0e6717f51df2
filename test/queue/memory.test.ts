import { describe, expect, it } from "vitest";
import { createMemoryQueue } from "../../src/queue/memory.js";
import { manualClock } from "../support/clock.js";

function started() {
  const clock = manualClock();
  const queue = createMemoryQueue(clock);
  const woken: { lane: string; at: number }[] = [];
  const begin = clock.now();
  queue.work((lane) => void woken.push({ lane, at: clock.now() - begin }));
  const wake = (laneId: string, inMs: number) => queue.wake([{ laneId, at: clock.now() + inMs }]);
  return { clock, queue, woken, wake };
}

describe("the queue in memory", () => {
  it("wakes a lane when it is due, not before", async () => {
    const { clock, woken, wake } = started();
    wake("a", 1_000);
    await clock.advance(999);
    expect(woken).toEqual([]);
    await clock.advance(1);
    expect(woken).toEqual([{ lane: "a", at: 1_000 }]);
  });

  it("keeps the earlier of two wake-ups of a lane", async () => {
    const { clock, woken, wake } = started();
    wake("a", 5_000);
    wake("a", 1_000);
    wake("a", 3_000);
    await clock.advance(10_000);
    expect(woken).toEqual([{ lane: "a", at: 1_000 }]);
  });

  it("wakes at once for a time that is past, and again when it is asked again", async () => {
    const { clock, woken, wake } = started();
    wake("a", -5_000);
    await clock.advance(0);
    wake("a", 0);
    await clock.advance(0);
    expect(woken.map(({ lane }) => lane)).toEqual(["a", "a"]);
  });

  it("wakes thousands of lanes, each at its time, with one timer", async () => {
    const { clock, woken, queue } = started();
    const wakeUps = Array.from({ length: 5_000 }, (_, at) => ({ laneId: `l${at}`, at: clock.now() + (at % 50) * 10 }));
    queue.wake(wakeUps);
    expect(clock.waiting).toBe(1);
    await clock.advance(490);
    expect(new Set(woken.map(({ lane }) => lane)).size).toBe(5_000);
    expect(woken.every(({ lane, at }) => at === (Number(lane.slice(1)) % 50) * 10)).toBe(true);
    expect(clock.waiting).toBe(0);
  });

  it("keeps wake-ups that come before somebody works", async () => {
    const clock = manualClock();
    const queue = createMemoryQueue(clock);
    const woken: string[] = [];
    queue.wake([{ laneId: "early", at: 0 }]);
    queue.work((lane) => void woken.push(lane));
    await clock.advance(0);
    expect(woken).toEqual(["early"]);
  });

  it("takes wake-ups from the handler that it calls", async () => {
    const clock = manualClock();
    const queue = createMemoryQueue(clock);
    let count = 0;
    queue.work((laneId) => {
      if (++count < 3) queue.wake([{ laneId, at: clock.now() + 1 }]);
    });
    queue.wake([{ laneId: "a", at: 0 }]);
    await clock.advance(10);
    expect(count).toBe(3);
  });

  it("wakes on time after the wall clock has jumped ahead", async () => {
    const { clock, woken, wake } = started();
    wake("a", 3_600_000);
    clock.jump(3_600_000);
    // As the sweep does: what is due by the wall clock is due now.
    wake("a", 0);
    await clock.advance(1);
    expect(woken).toHaveLength(1);
  });

  it("wakes on time after the wall clock was set back", async () => {
    const { clock, woken, wake } = started();
    wake("a", 1_000);
    clock.jump(-3_600_000);
    await clock.advance(1_000);
    wake("a", 0);
    await clock.advance(1);
    expect(woken).toHaveLength(1);
  });

  it("wakes nobody once it is closed", async () => {
    const { clock, queue, woken, wake } = started();
    wake("a", 10);
    await queue.close();
    wake("b", 0);
    await clock.advance(100);
    expect(woken).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});
