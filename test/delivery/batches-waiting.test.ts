import { afterEach, describe, expect, it } from "vitest";
import type { EndpointInput } from "../../src/types.js";
import { OK, openWorkedRoad, type WorkedRoad, type WorkedRoadOptions } from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const open = async (send: WorkedRoadOptions["send"], change?: WorkedRoadOptions["change"]) => {
  worked = await openWorkedRoad({ send, ...(change ? { change } : {}) });
};
const batched = (maxEvents: number, maxWait = "0s", more: Partial<EndpointInput> = {}): Partial<EndpointInput> => ({
  transport: { type: "http-post", url: "https://ave.example/", headers: { "Ave-Hub-signature": "token" } },
  template: { name: "aveonline", options: {} },
  limits: { concurrency: 1, batch: { maxEvents, maxWait } },
  ...more,
});
const created = { ...OK, code: 201 };

describe("a large batch", () => {
  it("is kept once, and made ready to be kept once", async () => {
    await open(() => Promise.resolve(created));
    await worked.create("ave", batched(500));
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    }, 5);
    await worked.publish(500, { comment: "c".repeat(16 * 1024) });
    await worked.until(async () => (await worked.delivered()) === 500);
    clearInterval(watch);
    // Its 8 MiB for each of its members would be 4 GiB.
    expect(most / 1024 / 1024).toBeLessThan(500);
    const bytes = await worked.store.database.json<number>("SELECT sum(length(body)) FROM attempts");
    expect(bytes / 1024 / 1024).toBeLessThan(10);
  });

  it("holds no more than 16 MiB of texts", async () => {
    await open(() => Promise.resolve(created));
    await worked.create("ave", batched(500));
    await worked.publish(300, { comment: "c".repeat(64 * 1024) });
    await worked.until(async () => (await worked.delivered()) === 300);
    expect(Math.max(...worked.sends.map(({ payload }) => payload.body.length))).toBeLessThan(17 * 1024 * 1024);
  });
});
