import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../../src/errors.js";
import { batched, CREATED } from "./batch-kit.js";
import { openWorkedRoad, type WorkedRoad } from "./worked-road.js";

let worked: WorkedRoad;

/** Waits without letting the clock run: wake-ups, which are timers, do not come. */
async function untilWithoutClock(seen: () => boolean): Promise<boolean> {
  const end = performance.now() + 2_000;
  while (!seen() && performance.now() < end) await turn();
  return seen();
}

beforeEach(async () => {
  worked = await openWorkedRoad({ send: async () => CREATED });
  worked.road.start();
});
afterEach(() => worked.close());

/** Publishes the first of an endpoint, which brings its lane into memory. */
async function begin(more: Parameters<WorkedRoad["create"]>[1] = {}) {
  const erp = await worked.create("erp", more);
  await worked.publish(more.limits?.batch?.maxEvents ?? 1);
  await worked.until(async () => (await worked.delivered()) > 0);
  return erp;
}

describe("what is published to a lane in memory", () => {
  it("is claimed in the commit that makes it, and waits for no wake-up", async () => {
    await begin();
    await worked.publish(3);
    expect(await untilWithoutClock(() => worked.sends.length === 4)).toBe(true);
  });

  it("is woken after its commit where it fills a batch", async () => {
    await begin(batched(2, "1m"));
    await worked.publish(2);
    await worked.until(() => worked.sends.length === 2);
    expect(worked.sends[1]?.context.ids.webhookId).toMatch(/^bat_/);
  });

  it("is not claimed while its endpoint is paused, and goes out once it is resumed", async () => {
    const erp = await begin();
    await worked.store.endpoints.setState(erp.id, "paused", "", {});
    await worked.run(100);
    await worked.publish(1);
    await worked.run(100);
    expect(worked.sends).toHaveLength(1);
    await worked.store.endpoints.setState(erp.id, "active", "", {});
    await worked.until(() => worked.sends.length === 2);
  });

  it("is not sent when its commit fails, and the next one is", async () => {
    await begin();
    const setPages = (most: string) => worked.store.database.prisma.$queryRawUnsafe(`PRAGMA max_page_count = ${most}`);
    const pages = await worked.store.database.json<number>("SELECT page_count FROM pragma_page_count");
    await setPages(String(pages));
    await expect(worked.publish(1, { comment: "x".repeat(60_000) })).rejects.toThrow(StoreUnavailableError);
    await worked.run(100);
    expect(worked.sends).toHaveLength(1);
    await setPages("1000000");
    await worked.run(1_000);
    await worked.publish(1);
    expect(await untilWithoutClock(() => worked.sends.length === 2)).toBe(true);
  });
});
