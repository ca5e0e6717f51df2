import { expect, it } from "vitest";
import { Holders } from "../../src/delivery/holders.js";
import { manualClock } from "../support/clock.js";

it("knows for ten seconds who works a lane, unless this process does by then, or that one is gone", async () => {
  const clock = manualClock();
  const holders = new Holders(clock);
  expect(holders.of("a")).toBeNull();
  for (const [lane, holder] of [
    ["a", "one"],
    ["b", "one"],
    ["c", "two"],
  ] as const) {
    holders.learn(lane, holder);
  }
  expect(["a", "b", "c"].map((lane) => holders.of(lane))).toEqual(["one", "one", "two"]);
  holders.isOwn("a");
  expect(holders.of("a")).toBeNull();
  holders.forget("one");
  expect(holders.of("b")).toBeNull();
  await clock.advance(9_999);
  expect(holders.of("c")).toBe("two");
  await clock.advance(1);
  expect(holders.of("c")).toBeNull();
});

it("knows of 50,000 lanes at most", () => {
  const holders = new Holders(manualClock());
  for (let at = 0; at < 50_000; at++) holders.learn(`lane-${at}`, "other");
  expect(holders.of("lane-0")).toBe("other");
  holders.learn("one more", "other");
  expect(holders.of("lane-0")).toBeNull();
  expect(holders.of("one more")).toBe("other");
});
