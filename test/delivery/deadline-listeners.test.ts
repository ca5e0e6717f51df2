import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { Deadlines } from "../../src/delivery/deadlines.js";
import { manualClock } from "../support/clock.js";

it("a deadline that fifty sends share draws no warning of Node's", async () => {
  const warnings: Error[] = [];
  const hear = (warning: Error) => warnings.push(warning);
  process.on("warning", hear);
  const clock = manualClock();
  const deadlines = new Deadlines(clock);
  const ended = Array.from({ length: 50 }, () => once(deadlines.begin(1000).signal, "abort"));
  await turn();
  await clock.advance(2000);
  await Promise.all(ended);
  process.off("warning", hear);
  expect(warnings).toEqual([]);
});
