import { expect, it } from "vitest";
import { afterFailure } from "../../src/delivery/breaker.js";
import { countSend } from "../../src/delivery/failure-rate.js";
import { allowance, type Lane } from "../../src/delivery/lane.js";
import { Lanes } from "../../src/delivery/lanes.js";
import type { LaneState } from "../../src/store/lanes.js";
import type { Endpoint, Rate } from "../../src/types.js";
import { post } from "../store/kit.js";
import { type ManualClock, manualClock } from "../support/clock.js";
import { endpoint } from "./kit.js";

const stateOf = (id: string) => ({ id, heldReason: null, heldUntil: 0, failures: 0, openUntil: 0, failing: false });
const plain = endpoint();
const limited = (rate: Rate) => endpoint({}, { ...post(), limits: { rate } });

/** Lanes over rows that `rows` tells of by id; `unrecorded`: those of which a result is not written yet. */
function open(rows: Record<string, Partial<LaneState>> = {}, endpointOf = (_id: string): Endpoint => plain) {
  const clock = manualClock();
  const unrecorded = new Set<string>();
  const bytes = new Map<Endpoint, number>();
  const store = {
    laneState: async (id: string) => ({ ...stateOf(id), ...rows[id] }),
    laneEndpoint: async (id: string) => endpointOf(id),
    endpointBytes: (of: Endpoint) => bytes.get(of) ?? 600,
  };
  const lanes = new Lanes({ store, clock, held: { holds: (id) => unrecorded.has(id) } });
  return { lanes, clock, unrecorded, bytes };
}
const get = async (lanes: Lanes, id: string) => (await lanes.get(id)) as Lane;

/** Loads others until one more is too many; nobody has used any of them lately. */
async function fill(lanes: Lanes, clock: ManualClock, ms = 1_000) {
  for (let at = lanes.size; at < 20_000; at++) await get(lanes, `${clock.now()} ${at}`);
  await clock.advance(ms);
}

it("forgets a lane that another process works, and ends its wait for the rate", async () => {
  const { lanes } = open();
  const lane = await get(lanes, "a");
  let canceled = 0;
  lane.cancelWait = () => void canceled++;
  lanes.forget(lane);
  expect(canceled).toBe(1);
  expect(await get(lanes, "a")).not.toBe(lane);
});

it("keeps one of which something will come back: there must never be two of a lane", async () => {
  const { lanes } = open();
  const busy: readonly Partial<Lane>[] = [{ sending: 1 }, { claiming: true }, { leaving: true }];
  for (const [at, more] of busy.entries()) {
    const lane = await get(lanes, `busy${at}`);
    Object.assign(lane, more);
    lanes.forget(lane);
    expect(await get(lanes, `busy${at}`)).toBe(lane);
  }
});

it("forgets idle lanes when there are too many, and none that waits for something", async () => {
  const { lanes, clock, unrecorded } = open();
  const waiting = await get(lanes, "waits for its rate");
  waiting.cancelWait = () => undefined;
  const leaving = await get(lanes, "is handed over");
  leaving.leaving = true;
  const stale = await get(lanes, "is read again");
  stale.stale = Symbol("read again");
  const recording = await get(lanes, "is recorded");
  unrecorded.add("is recorded");
  const idle = await get(lanes, "is idle");
  await fill(lanes, clock);
  await get(lanes, "one too many");
  expect(lanes.size).toBe(18_001);
  for (const lane of [waiting, leaving, stale, recording]) expect(await get(lanes, lane.id)).toBe(lane);
  expect(await get(lanes, "is idle")).not.toBe(idle);
});

it("forgets those whose last connections failed, whose rows say so when they are read again", async () => {
  const rows: Record<string, Partial<LaneState>> = {};
  const { lanes, clock } = open(rows);
  const refused = await get(lanes, "refuses once");
  const away = await get(lanes, "is away");
  for (let at = 0; at < 19_000; at++) {
    const lane = await get(lanes, `refuses ${at}`);
    lane.breaker = afterFailure(lane.breaker, clock.now());
  }
  refused.breaker = afterFailure(refused.breaker, clock.now());
  while (away.breaker.openUntil === 0) away.breaker = afterFailure(away.breaker, clock.now());
  rows["refuses once"] = { failures: 1, failing: true };
  rows["is away"] = { failures: 5, openUntil: away.breaker.openUntil, failing: true };
  await fill(lanes, clock);
  await get(lanes, "one too many");
  expect(lanes.size).toBe(18_001);
  const [again, stillAway] = [await get(lanes, "refuses once"), await get(lanes, "is away")];
  expect(again).not.toBe(refused);
  expect(stillAway).not.toBe(away);
  expect([again.breaker, stillAway.breaker]).toEqual([refused.breaker, away.breaker]);
  expect(allowance(stillAway, clock.now())).toBe(0);
});

it("forgets idle lanes of large endpoints before these are 32 MiB together, and no others", async () => {
  const MIB = 1024 * 1024;
  const [large, larger] = [endpoint(), endpoint({ version: 2 })];
  const changed = new Set<string>();
  const endpointOf = (id: string) => (changed.has(id) ? larger : id.startsWith("large") ? large : plain);
  const { lanes, clock, bytes } = open({}, endpointOf);
  bytes.set(large, MIB);
  bytes.set(larger, 20 * MIB);
  const inMemory = () => [...lanes].filter((lane) => lane.endpoint !== plain).length;
  for (let at = 0; at < 100; at++) await get(lanes, `small ${at}`);
  const busy = await get(lanes, "large and busy");
  busy.sending = 1;
  for (let at = 0; at < 30; at++) await get(lanes, `large ${at}`);
  expect(inMemory()).toBe(31);
  await clock.advance(1_000);
  await get(lanes, "large, and too much");
  expect(inMemory()).toBe(24);
  expect(lanes.inMemory("large and busy")).toBe(busy);
  expect(lanes.inMemory("large 6")).toBeUndefined();
  expect(lanes.size).toBe(124);
  // One that has become larger counts as what it is now.
  changed.add("large 29");
  await lanes.readAgain("large 29");
  await clock.advance(1_000);
  await get(lanes, "large, and more");
  expect(inMemory()).toBe(5);
  expect(lanes.inMemory("large 29")?.endpoint).toBe(larger);
  // What is forgotten counts no more.
  for (const lane of lanes) lanes.forget(lane);
  changed.clear();
  for (let at = 0; at < 20; at++) await get(lanes, `large ${at}`);
  await clock.advance(1_000);
  for (let at = 20; at < 30; at++) await get(lanes, `large ${at}`);
  expect(inMemory()).toBe(31);
});

it("keeps a lane for as long as its rate or its failures would be allowed anew", async () => {
  const rate = { count: 2, per: "second" } as const;
  const { lanes, clock } = open({}, (id) => (id.startsWith("limited") ? limited(rate) : plain));
  const spent = await get(lanes, "limited, spent");
  const unspent = await get(lanes, "limited, not spent");
  const failing = await get(lanes, "fails");
  const failed = await get(lanes, "failed once");
  await fill(lanes, clock);
  spent.limiter?.take(clock.monotonic());
  for (let at = 0; at < 5; at++) countSend(failing.lately, "failed", clock.now());
  countSend(failed.lately, "failed", clock.now());
  await get(lanes, "one too many");
  expect(await get(lanes, "limited, spent")).toBe(spent);
  expect(await get(lanes, "fails")).toBe(failing);
  expect(await get(lanes, "limited, not spent")).not.toBe(unspent);
  expect(await get(lanes, "failed once")).not.toBe(failed);
  await fill(lanes, clock, 60_000);
  await get(lanes, "once more too many");
  expect(await get(lanes, "limited, spent")).not.toBe(spent);
  expect(await get(lanes, "fails")).not.toBe(failing);
});

it("sends one first to a receiver that asked to wait, though its lane was forgotten meanwhile", async () => {
  const rows: Record<string, Partial<LaneState>> = {};
  const { lanes, clock } = open(rows);
  const heldUntil = clock.now() + 5_000;
  rows.asked = { heldUntil };
  rows["asked long ago"] = { heldUntil: clock.now() - 60_000 };
  expect(allowance(await get(lanes, "asked"), heldUntil - 1)).toBe(0);
  expect(allowance(await get(lanes, "asked"), heldUntil)).toBe(1);
  expect(allowance(await get(lanes, "asked long ago"), heldUntil)).toBe(2);
});

it("keeps a lane that was loaded this moment for whoever asked for it", async () => {
  const { lanes, clock } = open();
  for (let at = 0; at < 20_000; at++) (await get(lanes, `busy${at}`)).sending = 1;
  await clock.advance(1_000);
  const together = await Promise.all(["a", "b", "c"].map((id) => get(lanes, id)));
  for (const lane of together) expect(await get(lanes, lane.id)).toBe(lane);
});

it("does not look at all of them for each one that is loaded where most are busy", async () => {
  const { lanes, clock, unrecorded } = open();
  for (let at = 0; at < 20_000; at++) await get(lanes, `busy${at}`);
  let looks = 0;
  unrecorded.has = () => {
    looks++;
    return true;
  };
  await clock.advance(1_000);
  for (let at = 0; at < 2_000; at++) await get(lanes, `more${at}`);
  expect(looks).toBe(20_000);
  await clock.advance(1_000);
  await get(lanes, "the next");
  expect(looks).toBe(42_000);
});

it("keeps a changed endpoint, though what is read of the lane when it is taken over is older", async () => {
  const version = { now: 2 };
  const { lanes } = open({ a: { heldUntil: 77 } }, () => endpoint({ version: version.now }));
  const lane = await get(lanes, "a");
  version.now = 1;
  await lanes.restore(lane);
  expect(lane).toMatchObject({ endpoint: { version: 2 }, heldUntil: 77 });
  version.now = 3;
  await lanes.restore(lane);
  expect(lane).toMatchObject({ endpoint: { version: 3 } });
});
