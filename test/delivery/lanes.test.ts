import { expect, it } from "vitest";
import type { Lane } from "../../src/delivery/lane.js";
import { Lanes } from "../../src/delivery/lanes.js";
import { endpoint } from "./kit.js";

const stateOf = (id: string) => ({ id, heldReason: null, heldUntil: 0, failures: 0, openUntil: 0, failing: false });
const open = () => new Lanes({ laneState: async (id) => stateOf(id), laneEndpoint: async () => endpoint() });
const get = async (lanes: Lanes, id: string) => (await lanes.get(id)) as Lane;

it("forgets a lane that another process works, and ends its wait for the rate", async () => {
  const lanes = open();
  const lane = await get(lanes, "a");
  let canceled = 0;
  lane.cancelWait = () => void canceled++;
  lanes.forget(lane);
  expect(canceled).toBe(1);
  expect(await get(lanes, "a")).not.toBe(lane);
});

it("keeps one of which something will come back: there must never be two of a lane", async () => {
  const lanes = open();
  const busy: readonly Partial<Lane>[] = [{ sending: 1 }, { claiming: true }, { leaving: true }];
  for (const [at, more] of busy.entries()) {
    const lane = await get(lanes, `busy${at}`);
    Object.assign(lane, more);
    lanes.forget(lane);
    expect(await get(lanes, `busy${at}`)).toBe(lane);
  }
});

it("forgets idle lanes when there are too many, and none that waits for something", async () => {
  const lanes = open();
  const waiting = await get(lanes, "waits for its rate");
  waiting.cancelWait = () => undefined;
  const leaving = await get(lanes, "is handed over");
  leaving.leaving = true;
  const idle = await get(lanes, "is idle");
  for (let at = lanes.size; at <= 20_000; at++) await get(lanes, `lane${at}`);
  expect(lanes.size).toBeLessThan(20_000);
  expect(await get(lanes, "waits for its rate")).toBe(waiting);
  expect(await get(lanes, "is handed over")).toBe(leaving);
  expect(await get(lanes, "is idle")).not.toBe(idle);
});

it("keeps a changed endpoint, though what is read of the lane when it is taken over is older", async () => {
  const version = { now: 2 };
  const lanes = new Lanes({
    laneState: async (id) => ({ ...stateOf(id), heldUntil: 77 }),
    laneEndpoint: async () => endpoint({ version: version.now }),
  });
  const lane = await get(lanes, "a");
  version.now = 1;
  await lanes.restore(lane);
  expect(lane).toMatchObject({ endpoint: { version: 2 }, heldUntil: 77 });
  version.now = 3;
  await lanes.restore(lane);
  expect(lane).toMatchObject({ endpoint: { version: 3 } });
});
