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

it("leads for as long as it is told to, and not any more once it has given the lead up", async () => {
  const clock = manualClock();
  const asked: number[] = [];
  const lead = async (lifeMs: number) => {
    asked.push(lifeMs);
    return true;
  };
  const leader = new Leader(clock, lead, { leaseMs: 3_000, marginMs: 750 });
  await leader.giveUp();
  expect(asked).toEqual([]);
  await leader.renew();
  await clock.advance(2_249);
  expect(leader.isLeading).toBe(true);
  await clock.advance(1);
  expect(leader.isLeading).toBe(false);
  await leader.renew();
  await leader.giveUp();
  expect(leader.isLeading).toBe(false);
  expect(asked).toEqual([3_000, 3_000, -1]);
});

it("gives up what it may have, and lets it run out when nobody hears of that", async () => {
  let asked = 0;
  const leader = new Leader(manualClock(), async () => {
    asked++;
    throw new Error("the database is away");
  });
  await expect(leader.renew()).rejects.toThrow("away");
  await leader.giveUp();
  await leader.giveUp();
  expect(asked).toBe(2);
});
