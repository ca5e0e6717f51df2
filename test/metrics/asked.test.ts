import { describe, expect, it } from "vitest";
import { Asked } from "../../src/metrics/asked.js";
import { manualClock } from "../support/clock.js";

describe("a question that costs something", () => {
  it("is asked once for all who read within five seconds", async () => {
    const clock = manualClock();
    let asked = 0;
    const question = new Asked({ clock, waitMs: 100, ask: async () => ++asked });
    expect(await Promise.all([question.read(), question.read()])).toEqual([1, 1]);
    await clock.advance(4_999);
    expect(await question.read()).toBe(1);
    await clock.advance(1);
    expect(await question.read()).toBe(2);
  });

  it("is not asked again while it is asked: who reads waits for a bounded time, and gets nothing", async () => {
    const clock = manualClock();
    let asked = 0;
    let answer = (_value: number) => {};
    const ask = () => {
      asked++;
      return new Promise<number>((resolve) => {
        answer = resolve;
      });
    };
    const question = new Asked({ clock, waitMs: 100, ask });
    for (let at = 0; at < 3; at++) {
      const read = question.read();
      await clock.advance(100);
      expect(await read).toBeNull();
    }
    expect(asked).toBe(1);
    answer(7);
    expect(await question.read()).toBe(7);
  });

  it("rests a hundred times as long as it took, a minute at most, and tells the older answer where that is fine", async () => {
    const clock = manualClock();
    let asked = 0;
    const ask = () => new Promise<number>((resolve) => void clock.after(200, () => resolve(++asked)));
    const question = new Asked({ clock, waitMs: 50, olderIsFine: true, ask });
    const first = question.read();
    await clock.advance(50);
    expect(await first).toBeNull();
    await clock.advance(150);
    await clock.advance(19_000);
    expect(await question.read()).toBe(1);
    expect(asked).toBe(1);
    await clock.advance(1_000);
    const second = question.read();
    await clock.advance(50);
    expect(await second).toBe(1);
    await clock.advance(150);
    expect(asked).toBe(2);
  });

  it("has no answer when asking failed, and asks again after five seconds, however long that took", async () => {
    const clock = manualClock();
    let fails = true;
    const ask = async () => {
      if (!fails) return 1;
      await new Promise<void>((done) => void clock.after(900, done));
      throw new Error("no");
    };
    const question = new Asked({ clock, waitMs: 1_000, ask });
    const read = question.read();
    await clock.advance(900);
    expect(await read).toBeNull();
    fails = false;
    await clock.advance(5_000);
    expect(await question.read()).toBe(1);
  });
});
