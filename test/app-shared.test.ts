import { afterEach, expect, it } from "vitest";
import { createShared, type SharedStore } from "../src/app-shared.js";
import { createCatalogue } from "../src/catalogue/index.js";
import { createFollowingClock } from "../src/clock.js";
import type { Change } from "../src/store/changes.js";
import type { CatalogueRow } from "../src/types.js";
import { SILENT } from "./delivery/kit.js";
import { manualClock } from "./support/clock.js";

const EVERY_MS = 500;
const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const change = (kind: Change["kind"], subject: string): Change => ({
  id: 1,
  kind,
  subject,
  customer: kind === "endpoint" ? "acme" : null,
  laneId: kind === "endpoint" ? subject : null,
});

/** A process that follows what the test says is changed. */
function start() {
  const own = manualClock();
  const catalogue = createCatalogue();
  const told: string[] = [];
  const database = { away: false, missed: false, keysRead: 0, changes: [] as Change[], rows: [] as CatalogueRow[] };
  async function next(): Promise<Change[] | null> {
    if (!database.missed) return database.changes.splice(0);
    database.missed = false;
    return null;
  }
  const store: SharedStore = {
    changes: { next, forgetOld: async () => undefined },
    databaseTime: async () => own.now(),
    keys: {
      async readAgain() {
        if (database.away) throw new Error("away");
        database.keysRead++;
      },
    },
    customers: { changedElsewhere: (id) => void told.push(id) },
    endpoints: {
      changedElsewhere: (id, customer, laneId) => void told.push(`${id} of ${customer} in ${laneId}`),
      forgetAll: () => void told.push("all"),
    },
    statuses: {
      async list() {
        if (database.away) throw new Error("away");
        return { rows: database.rows, removed: ["take"] };
      },
    },
  };
  const shared = createShared({ store, catalogue, clock: createFollowingClock(own), log: SILENT });
  shared.start();
  cleanUps.push(() => shared.stop());
  async function look(): Promise<void> {
    // The look before it is over by then.
    await new Promise((turn) => setImmediate(turn));
    await own.advance(EVERY_MS);
  }
  return { look, catalogue, told, database };
}

it("tells of what others have changed, and reads the statuses again", async () => {
  const { look, catalogue, told, database } = start();
  database.changes.push(change("customer", "acme"), change("endpoint", "ep_1"), change("status", "x"));
  database.rows.push({ code: "x", status: "PROCESSING", descriptions: { en: "X" } });
  await look();
  expect(told).toEqual(["acme", "ep_1 of acme in ep_1"]);
  expect(database.keysRead).toBe(0);
  expect(catalogue.find("x")).toMatchObject({ descriptions: { en: "X" } });
  expect(catalogue.find("take")).toBeUndefined();
});

it("reads statuses later that cannot be read when it hears of their change, and tells of the rest once", async () => {
  const { look, catalogue, told, database } = start();
  database.away = true;
  database.changes.push(change("status", "x"), change("customer", "acme"));
  database.rows.push({ code: "x", status: "PROCESSING", descriptions: { en: "X" } });
  await look();
  await look();
  expect(told).toEqual(["acme"]);
  expect(catalogue.find("x")).toBeUndefined();
  database.away = false;
  await look();
  expect(catalogue.find("x")).toMatchObject({ descriptions: { en: "X" } });
  expect(told).toEqual(["acme"]);
});

it("reads the keys again within 2 s of a change, and later where they cannot be read then", async () => {
  const { look, database } = start();
  database.changes.push(change("key", "key_1"));
  await look();
  expect(EVERY_MS).toBeLessThan(2000);
  expect(database.keysRead).toBe(1);
  database.changes.push(change("key", "key_2"));
  database.away = true;
  await look();
  expect(database.keysRead).toBe(1);
  database.away = false;
  await look();
  await look();
  expect(database.keysRead).toBe(2);
});

it("takes all as changed, the statuses too, when changes were missed", async () => {
  const { look, catalogue, told, database } = start();
  database.missed = true;
  database.away = true;
  database.rows.push({ code: "x", status: "PROCESSING", descriptions: { en: "X" } });
  await look();
  database.away = false;
  await look();
  await look();
  expect(told).toEqual(["all"]);
  expect(database.keysRead).toBe(1);
  expect(catalogue.find("x")).toMatchObject({ descriptions: { en: "X" } });
});
