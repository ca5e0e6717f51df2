import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Leader } from "../../src/delivery/leader.js";
import { StoreUnavailableError } from "../../src/errors.js";
import { createInbox, INBOX_LEAD, type Inbox } from "../../src/intake/inbox.js";
import { inboxInsert } from "../../src/producer/inbox.js";
import type { EventInput } from "../../src/schemas/event.js";
import { createInboxStore, type InboxStore } from "../../src/store/inbox.js";
import { createLeases } from "../../src/store/leases.js";
import { openRoad, SILENT } from "../delivery/kit.js";
import { post } from "../store/kit.js";
import { setClaimClock } from "../support/databases.js";
import { until as untilSeen } from "../support/service.js";

const item = (more: Partial<EventInput> = {}): EventInput => ({
  customer: "acme",
  order: "A1",
  statusCode: "take",
  statusTime: "2026-01-02T03:04:05Z",
  ...more,
});

let road: Awaited<ReturnType<typeof openRoad>>;
let inboxStore: InboxStore;
let inbox: Inbox;
let tms: pg.Client;

/** The inbox as a process has it; `change` replaces parts of its store. */
function openInbox(change: Partial<InboxStore> = {}, leads = () => true): Inbox {
  const { clock, publisher } = road;
  const leader = new Leader(clock, async () => leads());
  return createInbox({ store: { ...inboxStore, ...change }, publisher, leader, clock, log: SILENT });
}

beforeEach(async () => {
  road = await openRoad();
  await road.customers.put("acme", {});
  await road.endpoints.create("acme", post());
  inboxStore = createInboxStore(road.database);
  tms = new pg.Client({ connectionString: road.url });
  await tms.connect();
  await tms.query("CREATE TABLE shipments (number text)");
  inbox = openInbox();
});
afterEach(async () => {
  await inbox.stop();
  await tms.end();
  await road.close();
});

const rows = async () => (await tms.query("SELECT * FROM waybell_inbox ORDER BY id")).rows;
const orders = async () => (await road.events.list({ customer: "acme" })).items.map(({ order }) => order).reverse();

/** Lets the inbox look until `done`. */
async function until(done: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await done()); looks++) {
    if (looks > 200) throw new Error("it did not come to that");
    await road.clock.advance(250);
    await new Promise((turn) => setTimeout(turn, 5));
  }
}
const isEmpty = async () => (await rows()).every(({ error }) => error !== null);

it("publishes what a transaction of another program has committed, and nothing of one that was undone", async () => {
  const { text, values } = inboxInsert([item({ order: "A1" }), item({ order: "A2" })]);
  await tms.query("BEGIN");
  await tms.query("INSERT INTO shipments VALUES ('A1'), ('A2')");
  await tms.query(text, [...values]);
  inbox.start();
  await until(async () => true);
  expect(await orders()).toEqual([]);
  await tms.query("COMMIT");
  await until(isEmpty);
  await tms.query("BEGIN");
  await tms.query(text, [...inboxInsert([item({ order: "B1" })]).values]);
  await tms.query("ROLLBACK");
  await road.clock.advance(1_000);
  expect(await orders()).toEqual(["A1", "A2"]);
  expect(await rows()).toEqual([]);
  expect(road.wakeUps.length).toBeGreaterThan(0);
});

it("leaves what cannot be taken, with its faults, and takes it once it was put right", async () => {
  const bad = [{ ...item(), statusTime: "soon" }, item({ order: "A2" })];
  await tms.query(
    "INSERT INTO waybell_inbox (event) VALUES ($1), ($2), ('no json')",
    bad.map((one) => JSON.stringify(one)),
  );
  inbox.start();
  await until(isEmpty);
  expect(await rows()).toMatchObject([
    { error: expect.stringMatching(/\/statusTime is no time/), refused_at: expect.any(String) },
    { error: expect.stringMatching(/is not JSON/) },
  ]);
  expect(await orders()).toEqual(["A2"]);
  const right = JSON.stringify(item({ order: "A1" }));
  await tms.query("UPDATE waybell_inbox SET event = $1, error = NULL WHERE event LIKE '%soon%'", [right]);
  await until(async () => (await rows()).length === 1);
  expect(await orders()).toEqual(["A2", "A1"]);
});

it("makes one event of what is taken twice after a stop between the commit and the removal", async () => {
  await tms.query(inboxInsert([item({ order: "A1" })]).text, [
    [JSON.stringify({ ...item({ order: "A1" }), id: undefined })],
  ]);
  const broken = openInbox({ remove: () => Promise.reject(new Error("the process ended here")) });
  broken.start();
  await until(async () => (await orders()).length === 1);
  await broken.stop();
  expect(await rows()).toHaveLength(1);
  inbox.start();
  await until(isEmpty);
  expect(await orders()).toEqual(["A1"]);
  expect(await rows()).toEqual([]);
});

/** The inbox of a process that shares the database; `leases` are its own. */
function processOf(name: string) {
  const { clock, publisher, database } = road;
  const leases = createLeases(database, name, database.nowSql ?? "");
  const leader = new Leader(clock, (lifeMs) => leases.lead("inbox", lifeMs), INBOX_LEAD);
  return { leader, inbox: createInbox({ store: inboxStore, publisher, leader, clock, log: SILENT }) };
}

const write = (order: string) => {
  const { text, values } = inboxInsert([item({ order })]);
  return tms.query(text, [...values]);
};

/** Lets `ms` pass, with all the time that each look of the inboxes at the database takes. */
async function pass(ms: number, inboxes = 1): Promise<void> {
  const resting = () => road.clock.waiting >= inboxes;
  await untilSeen(resting);
  for (let passed = 0; passed < ms; passed += 250) {
    await road.clock.advance(250);
    await untilSeen(resting);
  }
}

it("is another's within a second of the stop of the process that took the rows out", async () => {
  const [first, second] = [processOf("one"), processOf("two")];
  first.inbox.start();
  await pass(0);
  inbox = second.inbox;
  inbox.start();
  await pass(1_000, 2);
  expect([first.leader.isLeading, second.leader.isLeading]).toEqual([true, false]);
  await first.inbox.stop();
  await write("A1");
  await pass(1_000);
  expect(await orders()).toEqual(["A1"]);
  expect(await rows()).toEqual([]);
});

it("is another's three seconds after the last that was heard of the process that took the rows out", async () => {
  const [killed, other] = [processOf("one"), processOf("two")];
  await killed.leader.renew();
  await write("A1");
  inbox = other.inbox;
  inbox.start();
  await setClaimClock(road.database, 3_000);
  await pass(1_000);
  expect(await orders()).toEqual([]);
  await setClaimClock(road.database, 3_001);
  await pass(1_000);
  expect(await orders()).toEqual(["A1"]);
});

it("keeps everything while the database takes nothing, and while another process has the lead", async () => {
  let leads = false;
  let full = true;
  const { publisher, clock } = road;
  const unavailable = new StoreUnavailableError("full", "no room", null);
  const refusing: typeof publisher.publishEach = (items) =>
    full ? Promise.resolve(items.map(() => unavailable)) : publisher.publishEach(items);
  inbox = createInbox({
    store: inboxStore,
    publisher: { publishEach: refusing },
    leader: new Leader(clock, async () => leads),
    clock,
    log: SILENT,
  });
  await tms.query(inboxInsert([]).text, [
    Array.from({ length: 1_200 }, (_, at) => JSON.stringify(item({ order: `A${at}` }))),
  ]);
  inbox.start();
  await clock.advance(4_000);
  expect(await rows()).toHaveLength(1_200);
  leads = true;
  await clock.advance(4_000);
  expect(await rows()).toHaveLength(1_200);
  full = false;
  await until(isEmpty);
  expect(await rows()).toEqual([]);
  expect(await road.database.json("SELECT count(*) FROM events")).toBe(1_200);
});
