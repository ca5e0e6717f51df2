import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { type ByteBudget, createByteBudget } from "../../src/delivery/byte-budget.js";

const MIB = 1024 * 1024;
const large = (mib: number) => Buffer.alloc(mib * MIB);
const streamed = (length: number) => ({ length, summary: "", open: () => Readable.from([]) });

/** A lane of its own customer. */
const of = (laneId: string, customer = laneId) => ({ laneId, customer });

/** Budget for lanes of which each has had an answer to something large. */
async function proven(bytes: number, ...lanes: readonly string[]): Promise<ByteBudget> {
  const budget = createByteBudget(bytes);
  for (const lane of lanes) (await budget.take(large(1), of(lane)))(true);
  return budget;
}

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
  const lanes = ["a", "b", "c", "d"];
  const budget = await proven(8 * MIB, ...lanes, "e", "f", "g");
  const [first] = await Promise.all(lanes.map((lane) => budget.take(large(2), of(lane))));
  const takes = [budget.take(large(1), of("e")), budget.take(large(2), of("f")), budget.take(large(1), of("g"))];
  expect(await granted(takes)).toEqual([false, false, false]);
  first?.(true);
  expect(await granted(takes)).toEqual([true, false, false]);
});

it("gives room back once, however often it is asked to", async () => {
  const budget = createByteBudget(8 * MIB);
  const first = await budget.take(large(1), of("a"));
  const second = await budget.take(large(1), of("a"));
  first(true);
  first(true);
  const takes = [budget.take(large(1), of("a")), budget.take(large(1), of("a"))];
  expect(await granted(takes)).toEqual([true, false]);
  second(true);
  expect(await granted(takes)).toEqual([true, true]);
});

it("never lets one lane's large payloads that hang hold up those of another lane", async () => {
  const budget = await proven(64 * MIB, "works", "works too");
  const hanging = Array.from({ length: 100 }, () => budget.take(streamed(5 * MIB), of("hangs")));
  expect((await granted(hanging)).filter(Boolean)).toHaveLength(16);
  const others = [budget.take(streamed(5 * MIB), of("works")), budget.take(large(20), of("works too"))];
  expect(await granted(others)).toEqual([true, true]);
});

it("gives all shards of an endpoint one share, and all endpoints of a customer one", async () => {
  const shards = Array.from({ length: 64 }, (_, at) => (at === 0 ? "hangs" : `hangs~${at}`));
  const budget = await proven(64 * MIB, "hangs", "b", "c", "works");
  const hanging = shards.flatMap((lane) => [1, 2].map(() => budget.take(streamed(5 * MIB), of(lane, "acme"))));
  expect((await granted(hanging)).filter(Boolean)).toHaveLength(16);
  const more = ["b", "c"].map((lane) => budget.take(large(16), of(lane, "acme")));
  expect(await granted(more)).toEqual([true, false]);
  expect(await granted([budget.take(large(16), of("works"))])).toEqual([true]);
});

it("leaves half of it to those that have answered, however many others hang", async () => {
  const budget = await proven(64 * MIB, "works", "worked");
  const hanging = Array.from({ length: 500 }, (_, at) => budget.take(streamed(5 * MIB), of(`hangs ${at}`)));
  expect((await granted(hanging)).filter(Boolean)).toHaveLength(32);
  expect(await granted([budget.take(large(16), of("works"))])).toEqual([true]);
  // What came too late to be begun says nothing of its receiver.
  (await budget.take(large(16), of("worked")))(null);
  const last = await budget.take(large(16), of("worked"));
  // Its receiver does not answer any more: from now on it waits with the others.
  last(false);
  const again = budget.take(large(1), of("worked"));
  expect(await granted([again])).toEqual([false]);
  for (const one of hanging.slice(0, 500)) void Promise.resolve(one).then((give) => give(false));
  expect(await granted([again])).toEqual([true]);
});

it("gives an endpoint that is known to answer the whole room again when those before it are done", async () => {
  const budget = createByteBudget(8 * MIB);
  const held = await Promise.all(["a", "b"].map((lane) => budget.take(large(2), of(lane))));
  const waiting = budget.take(large(2), of("c"));
  expect(await granted([waiting])).toEqual([false]);
  held[0]?.(true);
  expect(await granted([waiting])).toEqual([true]);
  expect(await granted([1, 2].map(() => budget.take(large(1), of("a"))))).toEqual([true, true]);
});

it("never lets small payloads wait for large ones", async () => {
  const budget = createByteBudget(2 * MIB);
  const waiting = [
    budget.take(large(2), of("a")),
    budget.take(large(2), of("a")),
    budget.take(Buffer.alloc(64 * 1024), of("a")),
  ];
  expect(await granted(waiting)).toEqual([true, false, true]);
});

it("lets a payload through that is larger than a lane's share, alone in its lane", async () => {
  const budget = createByteBudget(2 * MIB);
  const takes = [budget.take(large(20), of("a")), budget.take(large(2), of("a")), budget.take(large(20), of("b"))];
  expect(await granted(takes)).toEqual([true, false, true]);
});

it("counts a streamed body as what it holds at a time", async () => {
  const budget = createByteBudget(16 * MIB);
  const takes = Array.from({ length: 5 }, () => budget.take(streamed(900 * MIB), of("a")));
  expect(await granted(takes)).toEqual([true, true, true, true, false]);
});

it("counts a streamed body that is held whole to be signed twice over, and one that is small as streamed", async () => {
  const budget = createByteBudget(16 * MIB);
  const takes = [1.5, 0.1, 0.1].map((mib) => budget.take(streamed(mib * MIB), of("a"), true));
  expect(await granted(takes)).toEqual([true, true, false]);
});

const SMALL = 64 * 1024;

it("bounds small payloads of all lanes together, and lets each lane have one under way", async () => {
  const budget = createByteBudget(MIB);
  const takes = Array.from({ length: 40 }, () => budget.take(Buffer.alloc(SMALL), of("hangs")));
  // Without a wait, as long as there is room.
  expect(takes.filter((take) => typeof take === "function")).toHaveLength(MIB / SMALL);
  const others = [budget.take(Buffer.alloc(SMALL), of("a")), budget.take(Buffer.alloc(SMALL), of("b"))];
  expect(others.map((take) => typeof take)).toEqual(["function", "function"]);
  const more = [budget.take(Buffer.alloc(1), of("a"))];
  expect(await granted(more)).toEqual([false]);
});

it("gives the room of small payloads on in their order, but first to a lane that has none under way", async () => {
  const budget = createByteBudget(MIB);
  const held = Array.from({ length: 16 }, () => budget.take(Buffer.alloc(SMALL), of("hangs"))) as (() => void)[];
  const only = budget.take(Buffer.alloc(SMALL), of("a")) as () => void;
  const waiting = ["hangs", "hangs", "a"].map((lane) => budget.take(Buffer.alloc(SMALL), of(lane)));
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
