import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { createByteBudget } from "../../src/delivery/byte-budget.js";

const MIB = 1024 * 1024;
const large = (mib: number) => Buffer.alloc(mib * MIB);
const streamed = (length: number) => ({ length, summary: "", open: () => Readable.from([]) });

/** What of several takes has been granted by now. */
async function granted(takes: readonly unknown[]): Promise<boolean[]> {
  const seen = takes.map(() => false);
  takes.forEach((take, at) => {
    void Promise.resolve(take).then(() => {
      seen[at] = true;
    });
  });
  await new Promise((turn) => setImmediate(turn));
  return seen;
}

it("holds large payloads back until others are done, in their order", async () => {
  const budget = createByteBudget(8 * MIB);
  const lanes = ["a", "b", "c", "d"];
  const [first] = await Promise.all(lanes.map((lane) => budget.take(large(2), lane)));
  const takes = [budget.take(large(1), "e"), budget.take(large(2), "f"), budget.take(large(1), "g")];
  expect(await granted(takes)).toEqual([false, false, false]);
  first?.();
  expect(await granted(takes)).toEqual([true, false, false]);
});

it("gives room back once, however often it is asked to", async () => {
  const budget = createByteBudget(8 * MIB);
  const first = await budget.take(large(1), "a");
  const second = await budget.take(large(1), "a");
  first();
  first();
  const takes = [budget.take(large(1), "a"), budget.take(large(1), "a")];
  expect(await granted(takes)).toEqual([true, false]);
  second();
  expect(await granted(takes)).toEqual([true, true]);
});

it("never lets one lane's large payloads that hang hold up those of another lane", async () => {
  const budget = createByteBudget(64 * MIB);
  const hanging = Array.from({ length: 100 }, () => budget.take(streamed(5 * MIB), "hangs"));
  expect((await granted(hanging)).filter(Boolean)).toHaveLength(16);
  const others = [budget.take(streamed(5 * MIB), "works"), budget.take(large(20), "works too")];
  expect(await granted(others)).toEqual([true, true]);
});

it("never lets small payloads wait for large ones", async () => {
  const budget = createByteBudget(2 * MIB);
  const waiting = [budget.take(large(2), "a"), budget.take(large(2), "a"), budget.take(Buffer.alloc(64 * 1024), "a")];
  expect(await granted(waiting)).toEqual([true, false, true]);
});

it("lets a payload through that is larger than a lane's share, alone in its lane", async () => {
  const budget = createByteBudget(2 * MIB);
  const takes = [budget.take(large(20), "a"), budget.take(large(2), "a"), budget.take(large(20), "b")];
  expect(await granted(takes)).toEqual([true, false, true]);
});

it("counts a streamed body as what it holds at a time", async () => {
  const budget = createByteBudget(16 * MIB);
  const takes = Array.from({ length: 5 }, () => budget.take(streamed(900 * MIB), "a"));
  expect(await granted(takes)).toEqual([true, true, true, true, false]);
});

it("counts a streamed body that is held whole to be signed twice over, and one that is small as streamed", async () => {
  const budget = createByteBudget(16 * MIB);
  const takes = [1.5, 0.1, 0.1].map((mib) => budget.take(streamed(mib * MIB), "a", true));
  expect(await granted(takes)).toEqual([true, true, false]);
});

const SMALL = 64 * 1024;

it("bounds small payloads of all lanes together, and lets each lane have one under way", async () => {
  const budget = createByteBudget(MIB);
  const takes = Array.from({ length: 40 }, () => budget.take(Buffer.alloc(SMALL), "hangs"));
  // Without a wait, as long as there is room.
  expect(takes.filter((take) => typeof take === "function")).toHaveLength(MIB / SMALL);
  const others = [budget.take(Buffer.alloc(SMALL), "a"), budget.take(Buffer.alloc(SMALL), "b")];
  expect(others.map((take) => typeof take)).toEqual(["function", "function"]);
  const more = [budget.take(Buffer.alloc(1), "a")];
  expect(await granted(more)).toEqual([false]);
});

it("gives the room of small payloads on in their order, but first to a lane that has none under way", async () => {
  const budget = createByteBudget(MIB);
  const held = Array.from({ length: 16 }, () => budget.take(Buffer.alloc(SMALL), "hangs")) as (() => void)[];
  const only = budget.take(Buffer.alloc(SMALL), "a") as () => void;
  const waiting = ["hangs", "hangs", "a"].map((lane) => budget.take(Buffer.alloc(SMALL), lane));
  expect(await granted(waiting)).toEqual([false, false, false]);
  only();
  expect(await granted(waiting)).toEqual([false, false, true]);
  held[0]?.();
  held[0]?.();
  expect(await granted(waiting)).toEqual([false, false, true]);
  held[1]?.();
  expect(await granted(waiting)).toEqual([true, false, true]);
  for (const release of held) release();
  expect(await granted(waiting)).toEqual([true, true, true]);
});
