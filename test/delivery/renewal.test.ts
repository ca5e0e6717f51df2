import { expect, it } from "vitest";
import { keepClaims } from "../../src/delivery/renewal.js";
import type { WorkerOptions } from "../../src/delivery/worker-options.js";
import { manualClock } from "../support/clock.js";
import { SILENT } from "./kit.js";

/** Claims in the hands of a process, as long as there are tokens. */
function held(tokens: string[], renew?: WorkerOptions["store"]["renew"]) {
  const clock = manualClock();
  const options = { clock, log: SILENT, store: { renew }, held: { endingBy: () => ({ tokens, lanes: ["ep_1"] }) } };
  return { clock, end: keepClaims(options as unknown as WorkerOptions) };
}

it("renews what is held every five seconds, also after it failed, until it is ended", async () => {
  const renewed: unknown[] = [];
  const { clock, end } = held(["clm_1"], async (wish) => {
    renewed.push(wish);
    if (renewed.length === 1) throw new Error("away");
  });
  await clock.advance(4_999);
  expect(renewed).toEqual([]);
  await clock.advance(1);
  await clock.advance(5_000);
  expect(renewed).toEqual(Array(2).fill({ tokens: ["clm_1"], lanes: ["ep_1"], lifeMs: 30_000 }));
  end();
  await clock.advance(60_000);
  expect(renewed).toHaveLength(2);
  expect(clock.waiting).toBe(0);
});

it("asks nothing of the database while nothing is held, nor where the process is alone", async () => {
  let asked = 0;
  const idle = held([], async () => void asked++);
  await idle.clock.advance(20_000);
  expect(asked).toBe(0);
  idle.end();
  expect(held(["clm_1"]).clock.waiting).toBe(0);
});
