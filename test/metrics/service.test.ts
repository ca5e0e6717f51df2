import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readExposition } from "../support/exposition.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { ADMIN_KEY, startTestService, type TestService, temporaryFolder, until } from "../support/service.js";

const METRICS_KEY = "metrics-key-for-tests-only";
const { folder, remove } = temporaryFolder();
let fine: HttpReceiver;
let failing: HttpReceiver;
let service: TestService;

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

const scrape = (key: string, path = "/metrics") =>
  fetch(service.url + path, { headers: { authorization: `Bearer ${key}` } });

async function samples(): Promise<ReadonlyMap<string, number>> {
  const families = readExposition(await (await scrape(METRICS_KEY)).text());
  return new Map([...families.values()].flatMap((family) => [...family.samples]));
}

/** One delivery each to a receiver that takes it, one that answers 500, one that is not there, one that may not be asked. */
beforeAll(async () => {
  fine = await startHttpReceiver();
  failing = await startHttpReceiver();
  failing.script(...Array.from({ length: 5 }, () => ({ status: 500 })));
  const first = await startTestService(folder);
  await first.endpoint(fine.url);
  await first.endpoint(failing.url, { retry: { schedule: ["0s", "1h"] } });
  const schedule = ["0s", "0s", "0s", "0s", "0s", "1h"];
  await first.endpoint(`http://127.0.0.1:${await closedPort()}/`, { retry: { schedule } });
  await first.endpoint("http://[::1]:8/");
  await first.close();
  // What was allowed when the setting was saved is not any more: it holds its lane.
  service = await startTestService(folder, { env: { EGRESS_ALLOW: "127.0.0.0/8", METRICS_KEY } });
  await service.publish({ order: "A1", id: "tms-1" });
  await service.publish({ order: "A1", id: "tms-1" });
  await service.publish({ order: "A2" }, { order: "A3", statusTime: "soon" });
  await until(async () => {
    const { body } = await service.call<{ items: { attempts: number }[] }>("GET", "/v1/deliveries");
    const attempts = body.items.map((item) => item.attempts).sort();
    return attempts.join() === "1,1,1,5";
  });
});

afterAll(async () => {
  await service?.close();
  await fine?.stop();
  await failing?.stop();
  remove();
});

describe("the metrics of a service", () => {
  it("tell of real deliveries what became of them", async () => {
    const found = await samples();
    const of = (name: string) =>
      Object.fromEntries([...found].filter(([series, value]) => series.startsWith(name) && value > 0));
    expect(of("waybell_attempts_total")).toEqual({
      'waybell_attempts_total{fault="none",outcome="delivered",transport="http-post"}': 1,
      'waybell_attempts_total{fault="response",outcome="retry",transport="http-post"}': 1,
      'waybell_attempts_total{fault="connection",outcome="retry",transport="http-post"}': 5,
      'waybell_attempts_total{fault="config",outcome="held",transport="http-post"}': 1,
    });
    expect(found.get('waybell_attempt_duration_seconds_count{transport="http-post"}')).toBe(8);
    expect(of("waybell_events_total")).toEqual({
      'waybell_events_total{result="accepted"}': 1,
      'waybell_events_total{result="duplicate"}': 1,
      'waybell_events_total{result="refused"}': 2,
    });
    expect(of("waybell_deliveries")).toEqual({
      waybell_deliveries_created_total: 4,
      'waybell_deliveries_finished_total{reason="none",state="delivered"}': 1,
      waybell_deliveries_pending: 3,
    });
    expect(of("waybell_lanes{")).toEqual({
      'waybell_lanes{state="running"}': 1,
      'waybell_lanes{state="breaker_open"}': 1,
      'waybell_lanes{state="held"}': 1,
    });
    expect(found.get('waybell_oldest_due_seconds{state="running"}')).toBe(0);
    expect(found.get("waybell_commit_rows_count")).toBeGreaterThan(1);
    expect(found.get("waybell_commit_rows_sum")).toBeGreaterThanOrEqual(8);
    expect(found.get("waybell_internal_faults_total")).toBe(0);
  });

  it("tell how the service is", async () => {
    const found = await samples();
    expect(found.get("waybell_database_up")).toBe(1);
    expect(found.get('waybell_database_bytes{part="data"}')).toBeGreaterThan(4096);
    expect(found.get("waybell_disk_free_bytes")).toBeGreaterThan(0);
    expect(found.get('waybell_sweeps_total{result="done"}')).toBeGreaterThan(0);
    expect(Math.abs((found.get("waybell_last_sweep_timestamp_seconds") ?? 0) - Date.now() / 1000)).toBeLessThan(30);
    expect(found.get("waybell_sends_in_progress")).toBe(0);
    expect(found.get("waybell_lanes_loaded")).toBe(4);
    expect(found.get("waybell_wakeups_waiting")).toBeGreaterThan(0);
    expect(found.get("process_resident_memory_bytes")).toBeGreaterThan(1e7);
    expect(found.get("process_cpu_seconds_total")).toBeGreaterThan(0);
  });

  it("name no customer, endpoint, order or address, and are few", async () => {
    const text = await (await scrape(METRICS_KEY)).text();
    expect(text).not.toMatch(/acme|"ep_|dlv_|evt_|A1|127\.0\.0\.1/);
    expect(text.split("\n").length).toBeLessThan(350);
  });

  it("take a key that opens nothing else, or the admin key", async () => {
    const answer = await scrape(METRICS_KEY);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    expect((await scrape(ADMIN_KEY)).status).toBe(200);
    expect((await fetch(`${service.url}/metrics`)).status).toBe(401);
    expect((await scrape("some-other-key-0123456789")).status).toBe(401);
    expect((await scrape(METRICS_KEY, "/v1/customers")).status).toBe(401);
  });
});
