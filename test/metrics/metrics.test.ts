import { describe, expect, it } from "vitest";
import { InputError, StoreUnavailableError } from "../../src/errors.js";
import { createMetrics, type MetricsSources } from "../../src/metrics/metrics.js";
import { countedPublisher } from "../../src/metrics/road.js";
import { manualClock } from "../support/clock.js";
import { readExposition } from "../support/exposition.js";

const sources: MetricsSources = {
  measure: async () => ({
    lanes: [{ state: "running", lanes: 2, firstDue: 990_000 }],
    mails: { waiting: 1, firstDue: null },
  }),
  countPending: async () => 7,
  write: async () => undefined,
  disk: async () => ({ database: 1, log: 2, free: 3 }),
  load: () => ({ sending: 0, unrecorded: 0, lanes: 0, wakeUps: 0, heldBytes: 0, queueUp: true }),
};

function started(replaced: Partial<MetricsSources> = {}) {
  const clock = manualClock(1_000_000);
  const metrics = createMetrics({ clock, version: "1.2.3", transports: ["http-post"] });
  const scraper = metrics.scraper({ ...sources, ...replaced });
  const read = async () => {
    const scraped = scraper.scrape();
    await clock.advance(2_000);
    return readExposition(await scraped);
  };
  return { clock, metrics, scraper, read };
}

describe("metrics", () => {
  it("say that the database is down, and nothing of what they then do not know", async () => {
    for (const replaced of [
      { measure: () => new Promise<never>(() => {}), write: async () => undefined },
      { measure: () => Promise.reject(new Error("closed")) },
    ]) {
      const found = await started(replaced).read();
      expect(found.get("waybell_database_up")?.samples.get("waybell_database_up")).toBe(0);
      expect(found.has("waybell_lanes")).toBe(false);
      expect(found.has("waybell_oldest_due_seconds")).toBe(false);
      expect(found.has("waybell_attempts_total")).toBe(true);
    }
    const { read } = started({ write: () => Promise.reject(new Error("full")) });
    const found = await read();
    expect(found.get("waybell_database_up")?.samples.get("waybell_database_up")).toBe(0);
    expect(found.has("waybell_lanes")).toBe(true);
  });

  it("tell for how long the delivery that is due the longest has been due", async () => {
    const { read } = started();
    const ages = (await read()).get("waybell_oldest_due_seconds")?.samples;
    expect(ages?.get('waybell_oldest_due_seconds{state="running"}')).toBeGreaterThanOrEqual(10);
    expect(ages?.get('waybell_oldest_due_seconds{state="running"}')).toBeLessThanOrEqual(12);
    expect(ages?.get('waybell_oldest_due_seconds{state="held"}')).toBe(0);
  });

  it("let no transport into the labels that is not known, and no reason", async () => {
    const { metrics, read } = started();
    metrics.tally.attempt({ transport: "carrier-pigeon", outcome: "failed", fault: "config", durationMs: 1 });
    metrics.tally.recorded({ state: "failed", reason: "a new one" });
    metrics.tally.recorded({ state: "failed", reason: "attempts exhausted" });
    metrics.tally.recorded({ state: "canceled", reason: "endpoint deleted" });
    metrics.tally.gaveUp("expired", 3);
    const found = await read();
    const above = (name: string) => [...(found.get(name)?.samples ?? [])].filter(([, value]) => value > 0);
    expect(above("waybell_attempts_total")).toEqual([
      ['waybell_attempts_total{fault="config",outcome="failed",transport="other"}', 1],
    ]);
    expect(above("waybell_deliveries_finished_total")).toEqual([
      ['waybell_deliveries_finished_total{reason="attempts_exhausted",state="failed"}', 1],
      ['waybell_deliveries_finished_total{reason="expired",state="failed"}', 3],
      ['waybell_deliveries_finished_total{reason="other",state="failed"}', 1],
    ]);
  });

  it("ask for nothing more after the stop, which waits for what is being asked", async () => {
    let end = () => {};
    let wasStopped = () => false;
    const { scraper, clock } = started({
      countPending(stopped) {
        wasStopped = stopped;
        return new Promise((resolve) => {
          end = () => resolve(null);
        });
      },
    });
    const scraped = scraper.scrape();
    await clock.advance(100);
    await scraped;
    let ended = false;
    const stopping = scraper.stop().then(() => {
      ended = true;
    });
    await new Promise((turn) => setTimeout(turn, 5));
    expect([wasStopped(), ended]).toEqual([true, false]);
    end();
    await stopping;
  });
});

describe("a publisher whose items are counted", () => {
  it("counts what was taken, repeated, refused or not taken, and changes nothing of it", async () => {
    const counts: Record<string, number> = {};
    const results = [{ duplicate: false }, { duplicate: true }];
    const refused = InputError.invalid([]);
    const down = new StoreUnavailableError("full", "full", undefined);
    let fails: Error | undefined;
    const publisher = countedPublisher(
      {
        async publish() {
          if (fails) throw fails;
          return results;
        },
        publishEach: async () => [...results, refused, down, down],
      },
      (result, items) => {
        counts[result] = (counts[result] ?? 0) + items;
      },
    );
    expect(await publisher.publish([1, 2])).toBe(results);
    fails = refused;
    await expect(publisher.publish([1, 2, 3])).rejects.toBe(refused);
    fails = down;
    await expect(publisher.publish([1])).rejects.toBe(down);
    expect(await publisher.publishEach([1, 2, 3, 4, 5])).toHaveLength(5);
    expect(counts).toEqual({ accepted: 2, duplicate: 2, refused: 4, unavailable: 3 });
  });
});
