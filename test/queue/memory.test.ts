import { describe, expect, it } from "vitest";
import { createMemoryQueue } from "../../src/queue/memory.js";
import { manualClock } from "../support/clock.js";
import { describeQueue } from "./contract.js";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describeQueue("the queue in memory", async (clock) => ({
  queue: createMemoryQueue(clock),
  settle,
}));

describe("the queue in memory, when the wall clock jumps", () => {
  function started() {
    const clock = manualClock();
    const queue = createMemoryQueue(clock);
    const woken: string[] = [];
    queue.work((lane) => void woken.push(lane));
    return { clock, woken, wake: (inMs: number) => queue.wake([{ laneId: "a", at: clock.now() + inMs }]) };
  }

  it("wakes once for two wake-ups that are due by then", async () => {
    const { clock, woken, wake } = started();
    wake(3_600_000);
    clock.jump(3_600_000);
    wake(0);
    await clock.advance(1);
    expect(woken).toEqual(["a"]);
  });

  it("wakes once after it was set back", async () => {
    const { clock, woken, wake } = started();
    wake(1_000);
    clock.jump(-3_600_000);
    await clock.advance(1_000);
    wake(0);
    await clock.advance(1);
    expect(woken).toEqual(["a"]);
  });
});
