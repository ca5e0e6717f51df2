import { afterEach, describe, expect, it } from "vitest";
import type { Queue } from "../../src/queue/queue.js";
import type { Clock } from "../../src/types.js";
import { manualClock } from "../support/clock.js";

/** A queue under test. */
export interface QueueKit {
  readonly queue: Queue;
  /** Waits until every wake-up that was due before has reached its handler. */
  settle(): Promise<void>;
}

/** What every queue holds to. `open` starts one for a process of this id, which works for nobody yet. */
export function describeQueue(name: string, open: (clock: Clock, processId: string) => Promise<QueueKit>): void {
  describe(name, () => {
    const opened: Queue[] = [];
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((queue) => queue.close()));
    });

    async function prepared() {
      const clock = manualClock();
      const begin = clock.now();
      const { queue, settle } = await open(clock, "this");
      opened.push(queue);
      const woken: { lane: string; at: number }[] = [];
      const note = (lane: string) => void woken.push({ lane, at: clock.now() - begin });
      const wake = (laneId: string, inMs: number) => queue.wake([{ laneId, at: clock.now() + inMs }]);
      const advance = async (ms: number) => {
        await clock.advance(ms);
        await settle();
      };
      return { clock, queue, woken, note, wake, advance, settle };
    }

    async function started() {
      const kit = await prepared();
      kit.queue.work(kit.note);
      return kit;
    }

    it("wakes a lane when it is due, not before", async () => {
      const { advance, woken, wake } = await started();
      wake("a", 1_000);
      await advance(999);
      expect(woken).toEqual([]);
      await advance(1);
      expect(woken).toEqual([{ lane: "a", at: 1_000 }]);
    });

    it("keeps the earlier of two wake-ups of a lane", async () => {
      const { advance, woken, wake } = await started();
      wake("a", 5_000);
      wake("a", 1_000);
      wake("a", 3_000);
      await advance(1_000);
      await advance(9_000);
      expect(woken).toEqual([{ lane: "a", at: 1_000 }]);
    });

    it("wakes at once for a time that is past, and again when it is asked again", async () => {
      const { advance, woken, wake } = await started();
      wake("a", -5_000);
      await advance(0);
      wake("a", 0);
      await advance(0);
      expect(woken.map(({ lane }) => lane)).toEqual(["a", "a"]);
    });

    it("wakes thousands of lanes, each at its time, with one timer", async () => {
      const { clock, advance, woken, queue } = await started();
      const lanes = Array.from({ length: 5_000 }, (_, at) => ({
        laneId: `l${at}`,
        at: clock.now() + 10 + (at % 5) * 10,
      }));
      const before = clock.waiting;
      queue.wake(lanes);
      expect(clock.waiting).toBe(before + 1);
      expect(queue.waiting()).toBe(5_000);
      for (let at = 0; at < 5; at++) await advance(10);
      expect(new Set(woken.map(({ lane }) => lane)).size).toBe(5_000);
      expect(woken.every(({ lane, at }) => at === 10 + (Number(lane.slice(1)) % 5) * 10)).toBe(true);
      expect(clock.waiting).toBe(before);
      expect(queue.waiting()).toBe(0);
    });

    it("keeps wake-ups that come before somebody works", async () => {
      const { advance, queue, woken, note, wake } = await prepared();
      wake("early", 0);
      queue.work(note);
      await advance(0);
      expect(woken.map(({ lane }) => lane)).toEqual(["early"]);
    });

    it("takes wake-ups from the handler that it calls", async () => {
      const { clock, advance, queue } = await prepared();
      let count = 0;
      queue.work((laneId) => {
        if (laneId === "a" && ++count < 3) queue.wake([{ laneId, at: clock.now() + 1 }]);
      });
      queue.wake([{ laneId: "a", at: 0 }]);
      for (let at = 0; at < 3; at++) await advance(1);
      expect(count).toBe(3);
    });

    it("wakes a lane again that is woken while its handler is called", async () => {
      const { advance, queue } = await prepared();
      let count = 0;
      queue.work((laneId) => {
        if (laneId === "a" && ++count < 5) queue.wake([{ laneId, at: 0 }]);
      });
      queue.wake([{ laneId: "a", at: 0 }]);
      for (let at = 0; at < 5; at++) await advance(0);
      expect(count).toBe(5);
    });

    it("wakes on time after the wall clock has jumped ahead", async () => {
      const { clock, advance, woken, wake } = await started();
      wake("a", 3_600_000);
      clock.jump(3_600_000);
      // As the sweep does: what is due by the wall clock is due now.
      wake("a", 0);
      await advance(1);
      expect(woken.length).toBeGreaterThanOrEqual(1);
    });

    it("wakes on time after the wall clock was set back", async () => {
      const { clock, advance, woken, wake } = await started();
      wake("a", 1_000);
      clock.jump(-3_600_000);
      await advance(1_000);
      wake("a", 0);
      await advance(1);
      expect(woken.length).toBeGreaterThanOrEqual(1);
    });

    it("hands a lane to its own process", async () => {
      const { advance, queue, woken } = await started();
      queue.pass("this", "mine");
      await advance(0);
      expect(woken.map(({ lane }) => lane)).toEqual(["mine"]);
    });

    it("says that it carries wake-ups", async () => {
      const { settle, queue } = await started();
      await settle();
      expect(queue.state()).toMatchObject({ ok: true, detail: expect.stringMatching(/\w/) });
    });

    it("wakes nobody once it is closed", async () => {
      const { clock, queue, woken, wake } = await started();
      wake("a", 10);
      await queue.close();
      wake("b", 0);
      queue.pass("this", "c");
      await clock.advance(100);
      expect(woken).toEqual([]);
      expect(clock.waiting).toBe(0);
      await queue.close();
    });
  });
}
