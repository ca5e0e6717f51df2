import { afterEach, beforeEach, expect, it } from "vitest";
import type { Database } from "../../src/store/database.js";
import { moveTimes } from "../../src/store/wall-clock.js";
import type { Endpoint } from "../../src/types.js";
import { addDelivery, addEvent, openStore, post, type Store } from "./kit.js";

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

let store: Store;
let erp: Endpoint;
beforeEach(async () => {
  store = await openStore();
  await store.customers.put("acme", {});
  erp = await store.endpoints.create("acme", post());
});
afterEach(() => store.close());

/** The store's database, in which `first` happens before its first change of what is pending. */
function interrupted(first: () => Promise<void>): Database {
  let done = false;
  return {
    ...store.database,
    async batch(statements) {
      const isFirst = !done && statements.some((one) => one.sql.includes("state = 'pending'"));
      if (isFirst) done = true;
      if (isFirst) await first();
      await store.database.batch(statements);
    },
  };
}

it("what is claimed when its set is looked for, and fails before its turn, keeps its time when the clock is set ahead", async () => {
  const before = store.clock.now();
  const given = { created_at: before, expires_at: before + 7 * 24 * HOUR, due_at: before };
  const ids: string[] = [];
  for (let at = 0; at < 3; at++) ids.push(await addDelivery(store, erp, await addEvent(store), given));
  const now = before + YEAR;
  const [id] = ids;
  const set = (sql: string, ...args: (string | number)[]) => store.database.batch([{ sql, args }]);
  const database: Database = {
    ...interrupted(() =>
      set(
        "UPDATE deliveries SET state = 'pending', claim_token = NULL, due_at = ?1 WHERE id = ?2",
        now + 5_000,
        id ?? "",
      ),
    ),
    async json<T>(sql: string, ...args: never[]): Promise<T> {
      // Claimed between the first look at what is being sent and that at its lane.
      if (sql.startsWith("WITH RECURSIVE lane"))
        await set(
          "UPDATE deliveries SET state = 'sending', claim_token = 'clm_a' WHERE id = ?1 AND attempts = 0 AND due_at <= ?2",
          id ?? "",
          before,
        );
      return store.database.json<T>(sql, ...args);
    },
  };
  await moveTimes(database, YEAR, now);
  const rows = await store.database.prisma.delivery.findMany({ orderBy: { id: "asc" } });
  expect(rows.map(({ state, expires_at }) => [state, Number(expires_at)])).toEqual(
    ids.map(() => ["pending", now + 7 * 24 * HOUR]),
  );
});
