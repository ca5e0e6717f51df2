import { afterEach, beforeEach, expect, it } from "vitest";
import { createShared } from "../../src/app-shared.js";
import { createCatalogue } from "../../src/catalogue/index.js";
import { createFollowingClock, systemClock } from "../../src/clock.js";
import { followChanges } from "../../src/store/changes.js";
import { createKeys, hashOfKey } from "../../src/store/keys.js";
import { createStatuses } from "../../src/store/statuses.js";
import { SILENT } from "../delivery/kit.js";
import { openStore, type Store } from "./kit.js";

let store: Store;
let stop: (() => Promise<void>) | undefined;

beforeEach(async () => {
  store = await openStore();
});
afterEach(async () => {
  await stop?.();
  await store.close();
});

/** Another process on the same PostgreSQL, with the time of this machine. */
async function startProcess() {
  const { database, customers, endpoints } = store;
  const keys = await createKeys(database, store.clock);
  const shared = createShared({
    store: {
      changes: await followChanges(database),
      databaseTime: async () => Date.now(),
      customers,
      endpoints,
      statuses: createStatuses(database, store.clock),
      keys,
    },
    catalogue: createCatalogue(),
    clock: createFollowingClock(systemClock),
    log: SILENT,
  });
  shared.start();
  stop = shared.stop;
  return keys;
}

it("are known to another process within 2 s, and refused by it within 2 s of being revoked", async () => {
  const here = await createKeys(store.database, store.clock);
  const there = await startProcess();
  const { made, key } = await here.create({ name: "TMS", role: "producer" });
  const within2s = { timeout: 2_000, interval: 20 };
  await expect.poll(() => there.find(hashOfKey(key))?.id, within2s).toBe(made.id);
  await here.revoke(made.id);
  await expect.poll(() => there.find(hashOfKey(key)), within2s).toBeNull();
});

it("are refused by another process when their customer is deleted", async () => {
  const here = await createKeys(store.database, store.clock);
  await store.customers.put("acme", {});
  const { key } = await here.create({ name: "Portal", role: "customer", customer: "acme" });
  const there = await startProcess();
  expect(there.find(hashOfKey(key))).not.toBeNull();
  await store.customers.delete("acme");
  await expect.poll(() => there.find(hashOfKey(key)), { timeout: 2_000, interval: 20 }).toBeNull();
});

it("tell other processes that they are made and revoked, and not each minute that they are used", async () => {
  const here = await createKeys(store.database, store.clock);
  const told = () => store.database.json<number>("SELECT count(*) FROM changes WHERE kind = 'key'");
  const { made } = await here.create({ name: "TMS", role: "producer" });
  expect(await told()).toBe(1);
  here.used(made.id);
  await here.close();
  expect((await here.get(made.id))?.lastUsedAt).toBe(store.clock.now());
  expect(await told()).toBe(1);
  await here.revoke(made.id);
  expect(await told()).toBe(2);
});
