import { expect, it } from "vitest";
import { createFollowingClock } from "../src/clock.js";
import { manualClock } from "./support/clock.js";

it("shows this machine's time until it has seen another's, and then that, however this one's wall clock jumps", async () => {
  const own = manualClock(1_000_000);
  const clock = createFollowingClock(own);
  expect(clock.now()).toBe(1_000_000);
  await clock.follow(async () => 5_000_000);
  expect(clock.now()).toBe(5_000_000);
  own.jump(-500_000);
  await own.advance(40);
  expect(clock.now()).toBe(5_000_040);
  expect(clock.monotonic()).toBe(own.monotonic());
});

it("takes the time as read in the middle of the look, and learns nothing from a look that took long", async () => {
  const own = manualClock(0);
  const clock = createFollowingClock(own);
  const look = (time: number, ms: number) => async () => {
    await own.advance(ms);
    return time;
  };
  await clock.follow(look(10_000, 100));
  expect(clock.now()).toBe(10_050);
  await clock.follow(look(99_000, 101));
  expect(clock.now()).toBe(10_151);
  await clock.follow(look(20_000, 50));
  expect(clock.now()).toBe(20_025);
  await clock.follow(look(99_000, 51));
  expect(clock.now()).toBe(20_076);
});
