import { expect, it } from "vitest";
import { chaos, describeReport } from "../support/chaos.js";

it("loses no accepted event, whoever is killed, and repeats with the same ids", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const report = await chaos({ seconds: 12, seed });
  console.log(describeReport(report));
  expect(report.events).toBeGreaterThan(200);
  expect(report).toMatchObject({ losses: 0, otherIds: 0, halves: 0 });
  expect(Math.min(...Object.values(report.kills))).toBeGreaterThan(0);
});
