import { afterEach, beforeEach, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../support/clock.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Event {
  readonly payloadForgottenAt?: string;
  readonly comment?: string;
}

let removeFolder: () => void;
let clock: ManualClock;
let receiver: HttpReceiver;
let service: TestService;

beforeEach(async () => {
  const { folder, remove } = temporaryFolder();
  removeFolder = remove;
  clock = manualClock(Date.UTC(2026, 2, 2, 9));
  receiver = await startHttpReceiver();
  service = await startTestService(folder, { clock, env: { RETENTION_DAYS: "10", PAYLOAD_DAYS: "4" } });
});
afterEach(async () => {
  await service.close();
  await receiver.stop();
  removeFolder();
});

async function publish(customer: string): Promise<string> {
  const url = `${receiver.url}/${customer}`;
  const endpoint = {
    name: "ERP",
    template: { name: "ontime", options: { format: "json" } },
    transport: { type: "http-post", url },
  };
  expect((await service.call("POST", `/v1/customers/${customer}/endpoints`, endpoint)).status).toBe(201);
  const event = {
    customer,
    order: "A1",
    statusCode: "take",
    statusTime: "2026-03-02T08:00:00Z",
    comment: "ring twice",
  };
  const { body } = await service.call<{ id: string }>("POST", "/v1/events", event);
  await until(async () => {
    await clock.advance(100);
    return receiver.received.some(({ url: seen }) => seen?.includes(customer));
  });
  return body.id;
}

const shown = (id: string) => service.call<Event>("GET", `/v1/events/${id}`);

/** Lets days pass until it is so, an hour at a time, with time for what each begins; returns how many. */
async function daysUntil(seen: () => Promise<boolean>): Promise<number> {
  const began = clock.now();
  while (!(await seen())) {
    if (clock.now() > began + 30 * DAY) throw new Error("it has not happened in 30 days");
    await clock.advance(HOUR);
    await new Promise((turn) => setTimeout(turn, 5));
  }
  return (clock.now() - began) / DAY;
}

it("a service keeps events, and their payloads, as long as its settings say, or those of the customer", {
  timeout: 120_000,
}, async () => {
  await service.call("PUT", "/v1/customers/acme", {});
  await service.call("PUT", "/v1/customers/brief", { retentionDays: 2 });
  const [kept, gone] = [await publish("acme"), await publish("brief")];
  const first = await daysUntil(async () => (await shown(gone)).status === 404);
  expect(first).toBeGreaterThanOrEqual(2);
  expect(first).toBeLessThan(4);
  expect((await shown(kept)).body).toMatchObject({ comment: "ring twice" });
  // What is forgotten is marked first, so that nobody takes it up, and emptied in sets after that.
  const second = await daysUntil(async () => (await shown(kept)).body.comment === "");
  expect(first + second).toBeGreaterThanOrEqual(4);
  expect(first + second).toBeLessThan(7);
  expect((await shown(kept)).body.payloadForgottenAt).toBeDefined();
  const third = await daysUntil(async () => (await shown(kept)).status === 404);
  expect(first + second + third).toBeGreaterThanOrEqual(10);
  expect((await service.call("GET", "/v1/deliveries")).body).toMatchObject({ items: [] });
});
