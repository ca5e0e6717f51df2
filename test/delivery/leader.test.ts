import { expect, it } from "vitest";
import { Leader } from "../../src/delivery/leader.js";
import { manualClock } from "../support/clock.js";

it("leads always where there is one process", async () => {
  const leader = new Leader(manualClock(), null);
  expect(leader.isLeading).toBe(true);
  expect(await leader.renew()).toBe(true);
});

it("leads from when it took the lease until shortly before its end, counted from when it asked", async () => {
  const clock = manualClock();
  let leads = true;
  const leader = new Leader(clock, async () => {
    await clock.advance(1_000);
    return leads;
  });
  expect(leader.isLeading).toBe(false);
  expect(await leader.renew()).toBe(true);
  await clock.advance(11_999);
  expect(leader.isLeading).toBe(true);
  await clock.advance(1);
  expect(leader.isLeading).toBe(false);
  await leader.renew();
  leads = false;
  expect(await leader.renew()).toBe(false);
  expect(leader.isLeading).toBe(false);
});
