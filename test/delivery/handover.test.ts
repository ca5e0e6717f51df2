import { beforeEach, expect, it } from "vitest";
import { Handover } from "../../src/delivery/handover.js";
import { HeldClaims } from "../../src/delivery/held-claims.js";
import { createLane, type Lane } from "../../src/delivery/lane.js";
import { WallClock } from "../../src/delivery/wall-clock.js";
import { type ManualClock, manualClock } from "../support/clock.js";
import { claimed, endpoint, recordingQueue, SILENT } from "./kit.js";

const laneOf = (id: string, more: Partial<Lane> = {}): Lane => ({
  ...createLane({ id, heldReason: null, heldUntil: 0, failures: 0, openUntil: 0, failing: false }, endpoint({ id })),
  ...more,
});

let clock: ManualClock;
let held: HeldClaims;
let handover: Handover;
let given: string[][];
let wakeUps: ReturnType<typeof recordingQueue>["wakeUps"];
let fails: boolean;
const look = async () => {
  for (let at = 0; at < 3; at++) await clock.advance(20);
};
const woken = () => wakeUps.map(({ laneId }) => laneId);

beforeEach(() => {
  clock = manualClock();
  held = new HeldClaims(new WallClock(clock));
  given = [];
  fails = false;
  const { queue, wakeUps: seen } = recordingQueue();
  wakeUps = seen;
  const store = {
    async giveLanesBack(lanes: readonly { laneId: string }[] = []) {
      if (fails) throw new Error("the database is away");
      given.push(lanes.map(({ laneId }) => laneId));
    },
  };
  handover = new Handover({ store, queue, clock, held, log: SILENT });
});

it("gives all lanes up at a stop, each as soon as nothing of it is under way, and wakes those with more to send", async () => {
  const [idle, sending, claiming, unrecorded] = [
    laneOf("idle"),
    laneOf("sending", { sending: 1, more: true }),
    laneOf("claiming", { claiming: true }),
    laneOf("unrecorded", { more: true }),
  ];
  const result = claimed({ laneId: "unrecorded" });
  held.take(result);
  let ended = false;
  const leaving = handover.leaveAll([idle, sending, claiming, unrecorded], () => false).then(() => (ended = true));
  await look();
  expect(given).toEqual([["idle"]]);
  expect(woken()).toEqual([]);
  sending.sending = 0;
  await look();
  expect(given).toEqual([["idle"], ["sending"]]);
  expect(woken()).toEqual(["sending"]);
  claiming.claiming = false;
  held.letGo(result);
  await look();
  await leaving;
  expect(ended).toBe(true);
  expect(given[2]).toEqual(["claiming", "unrecorded"]);
  expect(woken()).toEqual(["sending", "unrecorded"]);
});

it("leaves to their leases what is under way when the stop is over", async () => {
  let isOver = false;
  const leaving = handover.leaveAll([laneOf("sending", { sending: 1 })], () => isOver);
  await look();
  isOver = true;
  await look();
  await leaving;
  expect(given).toEqual([]);
});

it("gives one lane to the next that is woken for it, when what was claimed for it has gone back", async () => {
  const lane = laneOf("a", { claiming: true });
  const leaving = handover.leave(lane, () => false);
  await look();
  expect(lane.leaving).toBe(true);
  expect(given).toEqual([]);
  lane.claiming = false;
  await look();
  await leaving;
  expect(given).toEqual([["a"]]);
  expect(woken()).toEqual(["a"]);
  expect(lane.leaving).toBe(false);
});

it("keeps a lane here whose receiver takes its time: it stands still for a second at most", async () => {
  const lane = laneOf("slow", { sending: 1 });
  const leaving = handover.leave(lane, () => false);
  for (let ms = 0; ms < 1_020; ms += 5) await clock.advance(5);
  await leaving;
  expect(given).toEqual([]);
  expect(woken()).toEqual(["slow"]);
  expect(lane.leaving).toBe(false);
});

it("wakes a lane that could not be given back, too: this process may go on with it", async () => {
  fails = true;
  const lane = laneOf("a");
  await handover.leave(lane, () => false);
  expect(woken()).toEqual(["a"]);
  expect(lane.leaving).toBe(false);
});
