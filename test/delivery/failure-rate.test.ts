import { afterEach, describe, expect, it } from "vitest";
import type { Decision } from "../../src/delivery/decide.js";
import {
  countSend,
  createFailureRate,
  type Ending,
  failsTooOften,
  hasOnlyFaults,
} from "../../src/delivery/failure-rate.js";
import { allowance, createLane, type Lane } from "../../src/delivery/lane.js";
import { takeIn } from "../../src/delivery/lane-health.js";
import { setLaneBack } from "../../src/delivery/wall-clock.js";
import type { LaneState } from "../../src/store/lanes.js";
import { endpoint, NOW } from "./kit.js";
import { failure, OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

const SECOND = 1_000;

const ENDINGS: Readonly<Record<string, Ending>> = { x: "failed", s: "serverFault", ".": "reached" };

/** One letter a send, `x` for one that failed, `s` for a fault of the server, `every` ms apart; the time of the last. */
function after(sends: string, every = 100, rate = createFailureRate(), start = NOW) {
  let at = start;
  for (const send of sends) {
    at += every;
    countSend(rate, ENDINGS[send] ?? "reached", at);
  }
  return { rate, at };
}

describe("the failure rate of the last minute", () => {
  it.each([
    ["nineteen failures are too few to tell", "x".repeat(19), false],
    ["twenty failures", "x".repeat(20), true],
    ["every other one of twenty", "x.".repeat(10), true],
    ["nine of twenty", `${"x.".repeat(9)}..`, false],
    ["one of ten", "x.........".repeat(50), false],
    ["one of three", "x..".repeat(50), false],
    ["two of three", "xx.".repeat(50), true],
    ["faults of the server", "s".repeat(300), false],
    ["an hour of successes just before", `${".".repeat(300)}${"x".repeat(299)}`, false],
  ])("%s", (_what, sends, tooOften) => {
    expect(failsTooOften(after(sends, 10).rate)).toBe(tooOften);
  });

  it.each([
    ["nineteen", "s".repeat(19), 1_000, false],
    ["twenty within less than ten seconds", "s".repeat(20), 500, false],
    ["twenty", "s".repeat(20), 600, true],
    ["hundreds that come in a second", "s".repeat(300), 3, false],
    ["many, and a success just now", `${"s".repeat(40)}.${"s".repeat(15)}`, 500, false],
    ["many, and a success half a minute ago", `${"s".repeat(20)}.${"s".repeat(60)}`, 500, false],
    ["many, and a success over a minute ago", `${"s".repeat(20)}.${"s".repeat(150)}`, 500, true],
    ["failures between them", "ssx".repeat(10), 500, true],
    ["no fault at all", "x".repeat(40), 500, false],
  ])("knows a server that has nothing but faults: %s", (_what, sends, every, only) => {
    const { rate, at } = after(sends, every);
    expect(hasOnlyFaults(rate, at)).toBe(only);
  });

  it("forgets what is older, ten seconds at a time", () => {
    const { rate, at } = after("x".repeat(40), SECOND);
    expect(failsTooOften(rate)).toBe(true);
    after(".".repeat(39), 100, rate, at);
    expect(failsTooOften(rate)).toBe(true);
    after(".", 1, rate, at + 35 * SECOND);
    expect(failsTooOften(rate)).toBe(false);
    expect(rate.failures).toBeLessThan(40);
    const broken = after("s".repeat(20), 100, createFailureRate());
    after("s", 1, broken.rate, broken.at + 60 * SECOND);
    expect(broken.rate).toMatchObject({ sends: 1, serverFaults: 1 });
    after("x", 1, rate, at + 60 * SECOND);
    expect(rate).toMatchObject({ sends: 1 + 1, failures: 1 });
    after(".", 1, rate, at + 3_600 * SECOND);
    expect(rate).toMatchObject({ sends: 1, failures: 0 });
  });

  it("counts a send that ends a little late in the ten seconds that it ended in", () => {
    const { rate, at } = after("x".repeat(10), 1, createFailureRate(), Math.ceil(NOW / 10_000) * 10_000);
    after("x".repeat(10), 1, rate, at - 5 * SECOND);
    expect(failsTooOften(rate)).toBe(true);
    expect(rate.sendsOf.reduce((sum, each) => sum + each)).toBe(20);
  });

  it.each([-3_600, 3_600])("begins anew when the wall clock is set by %i s", (seconds) => {
    const { rate, at } = after("x".repeat(30));
    after(".", 1, rate, at + seconds * SECOND);
    expect(rate).toMatchObject({ sends: 1, failures: 0 });
    expect([...rate.sendsOf, ...rate.failuresOf, ...rate.serverFaultsOf].reduce((sum, each) => sum + each)).toBe(1);
  });

  it("keeps its sums those of its slots, whatever the times", () => {
    const rate = createFailureRate();
    let seed = 7;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let at = NOW, send = 0; send < 5_000; send++) {
      at += Math.round((random() - 0.3) * (random() < 0.01 ? 100_000 : 4_000));
      countSend(rate, random() < 0.4 ? "failed" : random() < 0.3 ? "serverFault" : "reached", at);
      expect(rate.sends).toBe(rate.sendsOf.reduce((sum, each) => sum + each));
      expect(rate.failures).toBe(rate.failuresOf.reduce((sum, each) => sum + each));
      expect(rate.serverFaults).toBe(rate.serverFaultsOf.reduce((sum, each) => sum + each));
      expect(Math.min(...rate.sendsOf, ...rate.failuresOf, ...rate.serverFaultsOf)).toBeGreaterThanOrEqual(0);
    }
  });
});

const idle: LaneState = { id: "ep_1", heldReason: null, heldUntil: 0, failures: 0, openUntil: 0, failing: false };

/** A kind of a lane's change, or a fault of the server that is a `response`. */
type Kind = Decision["lane"]["kind"] | "serverFault";

function sent(lane: Lane, what: Kind, at: number): void {
  const serverFault = what === "serverFault";
  const kind = what === "serverFault" ? "response" : what;
  const decision = { lane: { at, kind, fault: null, code: "", text: "" }, serverFault } as Decision;
  takeIn(lane, 1, { records: [], decision, status: null });
}

/** Sends one after the other, 100 ms apart, until the breaker opens; how many that took, or null. */
function opensAfter(lane: Lane, kinds: readonly Kind[], sends: number, start = NOW): number | null {
  for (let send = 0; send < sends; send++) {
    const at = start + send * 100;
    sent(lane, kinds[send % kinds.length] ?? "none", at);
    if (lane.breaker.openUntil > at) return send + 1;
  }
  return null;
}

describe("a lane", () => {
  it.each([
    ["flaps", ["connection", "success"], 21],
    ["fails two of three times", ["success", "connection", "connection"], 20],
    ["fails one of ten times", ["connection", ...Array(9).fill("success")], null],
    ["fails one of three times", ["connection", "success", "success"], null],
    ["answers no in between", ["connection", "response"], 21],
    ["only answers no", ["response"], null],
    ["only has faults of its own", ["serverFault"], 101],
    ["has faults of its own and takes some", [...Array(19).fill("serverFault"), "success"], null],
    ["has faults of its own and refuses some", ["serverFault", "response"], null],
    ["has faults of its own or is not there", ["serverFault", "serverFault", "connection"], 101],
    ["has faults of its setting and successes", ["none", "success"], null],
    ["fails each time", ["connection"], 5],
  ] as const)("whose receiver %s", (_what, kinds, opens) => {
    expect(opensAfter(createLane(idle, endpoint()), kinds, 1_000)).toBe(opens);
  });

  it("sends one probe at a time after its rate has opened it, closes little by little, and may open again", () => {
    const lane = createLane(idle, endpoint());
    const opened = NOW + ((opensAfter(lane, ["connection", "success"], 100) ?? 0) - 1) * 100;
    expect(lane.breaker.openUntil).toBe(opened + 5_000);
    expect(lane.lately.sends).toBe(0);
    // What was under way says nothing any more.
    for (const kind of ["success", "connection", "success"] as const) sent(lane, kind, opened + 50);
    expect(lane.lately.sends).toBe(0);
    expect(allowance(lane, opened + 4_999)).toBe(0);
    expect(allowance(lane, opened + 5_000)).toBe(1);
    sent(lane, "success", opened + 5_100);
    expect(allowance(lane, opened + 5_100)).toBe(2);
    sent(lane, "success", opened + 5_200);
    expect(allowance(lane, opened + 5_200)).toBe(4);
    expect(opensAfter(lane, ["connection", "success", "connection"], 100, opened + 5_300)).toBe(18);
  });

  it("stays open longer with each probe that fails", () => {
    const lane = createLane(idle, endpoint());
    opensAfter(lane, ["connection", "success"], 100);
    const first = lane.breaker.openUntil;
    sent(lane, "connection", first);
    expect(lane.breaker.openUntil).toBe(first + 10_000);
  });

  it("is asked after two seconds, four, then every five, while its probes meet faults of the server, and closes with a success", () => {
    for (const opener of ["serverFault", "connection"] as const) {
      const lane = createLane(idle, endpoint());
      opensAfter(lane, [opener], 200);
      let until = lane.breaker.openUntil;
      const pauses: number[] = [];
      for (let probe = 0; probe < 30; probe++) {
        expect(allowance(lane, until)).toBe(1);
        sent(lane, "serverFault", until);
        pauses.push((lane.breaker.openUntil - until) / 1_000);
        until = lane.breaker.openUntil;
      }
      const longer = [4, ...Array(29).fill(5)];
      // What has opened it for faults of the server was one more of them.
      expect(pauses).toEqual(opener === "serverFault" ? longer : [2, ...longer].slice(0, 30));
      sent(lane, "success", until);
      expect(allowance(lane, until)).toBe(2);
      // What it stumbles over on the way up does not shut it again.
      for (let send = 0; send < 30; send++) sent(lane, "serverFault", until + send);
      expect(allowance(lane, until + 30)).toBe(8);
    }
  });

  it("of callback URLs takes no fault of one program for one of all that share it", () => {
    expect(opensAfter(createLane(idle, null), ["serverFault"], 1_000)).toBeNull();
  });

  it("that is refused by a probe's receiver for what was sent is reached again", () => {
    const lane = createLane(idle, endpoint());
    opensAfter(lane, ["serverFault"], 200);
    const until = lane.breaker.openUntil;
    sent(lane, "response", until);
    expect(allowance(lane, until)).toBe(2);
  });

  it("whose clock is set back while it is open is not shut for longer", () => {
    const lane = createLane(idle, endpoint());
    opensAfter(lane, ["connection", "success"], 100);
    setLaneBack(lane, 3_600_000, NOW - 3_600_000);
    expect(lane.breaker.openUntil).toBeLessThanOrEqual(NOW - 3_600_000 + 8_000);
  });
});

describe("a receiver that flaps", () => {
  let worked: WorkedRoad;
  afterEach(() => worked.close());

  it("is left alone for a while, also by the next process, shows as such, and gets everything in the end", async () => {
    let sends = 0;
    let flaps = true;
    worked = await openWorkedRoad({
      send: () => (flaps && sends++ % 2 === 0 ? Promise.reject(failure()) : Promise.resolve(OK)),
    });
    const erp = await worked.create("erp", { limits: { concurrency: 1 } });
    await worked.publish(200);
    const lane = () => worked.lane(erp.laneId);
    await worked.until(async () => (await lane()).open_until !== null);
    expect(worked.sends.length).toBeLessThanOrEqual(22);
    const { failures, open_until } = await lane();
    expect(failures).toBeLessThan(5);
    const shown = async () => (await worked.store.measure()).lanes.map(({ state }) => state);
    expect(await shown()).toEqual(["breaker_open"]);

    const sent = worked.sends.length;
    const next = await worked.restart();
    next.start();
    await worked.run(Number(open_until) - worked.clock.now() - 100, 5);
    expect(worked.sends.length).toBe(sent);
    flaps = false;
    await worked.run(10 * 60_000, 60);
    expect(await worked.states()).toEqual({ delivered: 200 });
    expect(await lane()).toMatchObject({ failures: 0, open_until: null });
    expect(await shown()).toEqual([]);
  });
});
