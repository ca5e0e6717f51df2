import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { createByteBudget } from "../../src/delivery/byte-budget.js";

const MIB = 1024 * 1024;
const large = (mib: number) => Buffer.alloc(mib * MIB);
const streamed = (length: number) => ({ length, summary: "", open: () => Readable.from([]) });

/** What of several takes has been granted by now. */
async function granted(takes: readonly Promise<unknown>[]): Promise<boolean[]> {
  const seen = takes.map(() => false);
  takes.forEach((take, at) => {
    void take.then(() => {
      seen[at] = true;
    });
  });
  await new Promise((turn) => setImmediate(turn));
  return seen;
}

it("holds large payloads back until others are done, in their order", async () => {
  const budget = createByteBudget(10 * MIB);
  const first = await budget.take(large(8));
  const takes = [budget.take(large(4)), budget.take(large(1))];
  expect(await granted(takes)).toEqual([false, false]);
  first();
  expect(await granted(takes)).toEqual([true, true]);
});

it("gives room back once, however often it is asked to", async () => {
  const budget = createByteBudget(10 * MIB);
  const first = await budget.take(large(6));
  const second = await budget.take(large(4));
  first();
  first();
  const takes = [budget.take(large(6)), budget.take(large(4))];
  expect(await granted(takes)).toEqual([true, false]);
  second();
  expect(await granted(takes)).toEqual([true, true]);
});

it("never lets small payloads wait", async () => {
  const budget = createByteBudget(2 * MIB);
  const waiting = [budget.take(large(2)), budget.take(large(2)), budget.take(Buffer.alloc(64 * 1024))];
  expect(await granted(waiting)).toEqual([true, false, true]);
});

it("lets a payload through that is larger than all the room, alone", async () => {
  const budget = createByteBudget(2 * MIB);
  const takes = [budget.take(large(20)), budget.take(large(2))];
  expect(await granted(takes)).toEqual([true, false]);
});

it("counts a streamed body as what it holds at a time", async () => {
  const budget = createByteBudget(4 * MIB);
  const takes = Array.from({ length: 5 }, () => budget.take(streamed(900 * MIB)));
  expect(await granted(takes)).toEqual([true, true, true, true, false]);
});
