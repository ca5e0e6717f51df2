import { expect, it } from "vitest";
import { createReadiness } from "../src/readiness.js";
import { manualClock } from "./support/clock.js";

it("writes to the disk once a second at most, however many ask", async () => {
  const clock = manualClock();
  let writes = 0;
  const readiness = createReadiness({ canWrite: async () => void writes++, mailIsSetUp: false, clock });
  const answers = await Promise.all(Array.from({ length: 1000 }, readiness));
  expect([writes, new Set(answers.map(({ ready }) => ready))]).toEqual([1, new Set([true])]);
  await clock.advance(999);
  await readiness();
  expect(writes).toBe(1);
  await clock.advance(1);
  await readiness();
  expect(writes).toBe(2);
});

it("never begins a write while one is under way, and tells what is wrong within a second", async () => {
  const clock = manualClock();
  let writes = 0;
  let fail = (_error: Error) => {};
  const canWrite = () => {
    writes++;
    return new Promise<void>((_resolve, reject) => {
      fail = reject;
    });
  };
  const readiness = createReadiness({ canWrite, mailIsSetUp: true, clock });
  const first = readiness();
  await clock.advance(60_000);
  const second = readiness();
  expect(writes).toBe(1);
  fail(new Error("the disk is full"));
  for (const answer of [first, second]) {
    expect(await answer).toMatchObject({
      ready: false,
      parts: { database: { ok: false, detail: "the disk is full" } },
    });
  }
  void readiness();
  expect(writes).toBe(2);
});
