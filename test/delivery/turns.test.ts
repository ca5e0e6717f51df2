import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLane, type Lane } from "../../src/delivery/lane.js";
import { Turns } from "../../src/delivery/turns.js";
import { type ManualClock, manualClock } from "../support/clock.js";
import { endpoint } from "./kit.js";
import { hanging, hostOf, OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

const laneOf = (id: string): Lane =>
  createLane({ id, heldReason: null, heldUntil: 0, failures: 0, openUntil: 0, failing: false }, endpoint());

describe("turns", () => {
  let clock: ManualClock;
  let turns: Turns;
  const [a, b, c] = ["a", "b", "c"].map(laneOf) as [Lane, Lane, Lane];
  beforeEach(() => {
    clock = manualClock();
    turns = new Turns(2, clock);
  });

  it("are given to as many lanes as there are places; the others are named when one is free", () => {
    expect([turns.begin(a), turns.begin(b), turns.begin(c), turns.begin(a)]).toEqual([true, true, false, true]);
    expect(turns.end(a)).toEqual(["c"]);
    expect(turns.begin(c)).toBe(true);
    expect(turns.end(b)).toEqual([]);
  });

  it("are over after two seconds, if another waits", async () => {
    turns.begin(a);
    turns.begin(b);
    await clock.advance(5_000);
    expect(turns.isOver(a)).toBe(false);
    turns.begin(c);
    expect(turns.isOver(a)).toBe(true);
    turns.end(a);
    turns.begin(c);
    expect(turns.isOver(c)).toBe(false);
  });

  it("are taken from a lane that begins nothing, as its receiver is silent", async () => {
    turns.begin(a);
    turns.begin(b);
    a.sending = 3;
    b.sending = 1;
    await clock.advance(999);
    b.startedAt = clock.monotonic();
    expect(turns.begin(c)).toBe(false);
    await clock.advance(1);
    expect(turns.begin(c)).toBe(true);
    expect(turns.begin(a)).toBe(false);
    a.sending = 0;
    b.sending = 0;
  });
});

describe("a process with one place", () => {
  let worked: WorkedRoad;
  afterEach(() => worked.close());

  it("serves lanes one after the other, each for a slice, so that none waits for the end of another", async () => {
    worked = await openWorkedRoad({
      async send() {
        await worked.clock.advance(20);
        return OK;
      },
      concurrency: 1,
    });
    await worked.create("a", { limits: { concurrency: 1 } });
    await worked.create("b", { limits: { concurrency: 1 } });
    await worked.publish(300);
    await worked.until(async () => (await worked.states()).delivered === 600);
    const hosts = worked.sends.map(hostOf);
    const first = (host: string) => hosts.indexOf(host);
    const second = first("a") < first("b") ? "b" : "a";
    const before = first(second);
    expect(before).toBeGreaterThan(20);
    expect(before).toBeLessThan(250);
    const changes = hosts.filter((host, at) => at > 0 && host !== hosts[at - 1]).length;
    expect(changes).toBeGreaterThan(3);
    expect(changes).toBeLessThan(20);
  });

  it("gives a lane back when nothing of it is under way: no send, and no claim either", async () => {
    /** Claims and sends under way, by lane. */
    const underWay = new Map<string, number>();
    const given: (number | undefined)[] = [];
    const count = (lane: string, more: 1 | -1) => underWay.set(lane, (underWay.get(lane) ?? 0) + more);
    const lanes = new Map<string | undefined, string>();
    const leases = {
      async giveBack(lanes: readonly { laneId: string }[]) {
        for (const { laneId } of lanes) given.push(underWay.get(laneId));
      },
      giveAllBack: async () => undefined,
      renew: async () => undefined,
      lead: async () => true,
    };
    worked = await openWorkedRoad({
      async send(seen) {
        const lane = lanes.get(hostOf(seen)) ?? "";
        count(lane, 1);
        await worked.clock.advance(20);
        count(lane, -1);
        return OK;
      },
      concurrency: 1,
      change: (road) => ({
        leases,
        async claim(request) {
          count(request.laneId, 1);
          const answer = await road.claim(request);
          count(request.laneId, -1);
          return answer;
        },
      }),
    });
    for (const name of ["a", "b"]) lanes.set(name, (await worked.create(name, { limits: { concurrency: 1 } })).laneId);
    await worked.publish(300);
    await worked.until(async () => (await worked.states()).delivered === 600);
    expect(worked.sends).toHaveLength(600);
    expect(given.length).toBeGreaterThan(3);
    expect(given.every((count) => count === 0)).toBe(true);
  });

  it("serves the others while the receiver of one is silent", async () => {
    const silent = hanging();
    worked = await openWorkedRoad({
      send: (seen) => (hostOf(seen) === "dead" ? silent.send() : Promise.resolve(OK)),
      concurrency: 1,
    });
    await worked.create("dead");
    await worked.publish(20);
    await worked.until(async () => silent.open.length > 0);
    await worked.create("well");
    await worked.publish(20);
    await worked.run(2_000, 20);
    expect(worked.sends.filter((seen) => hostOf(seen) === "well")).toHaveLength(20);
  });
});
