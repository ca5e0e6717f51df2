import { expect, it } from "vitest";
import { createStatuses } from "../../src/store/statuses.js";
import { openStore } from "./kit.js";

it("keeps the rows that were added, changed and taken away", async () => {
  const store = await openStore();
  const statuses = createStatuses(store.database, store.clock);
  const row = { code: "AF (AFGEWERKT)", status: "DELIVERED", descriptions: { nl: "Klaar", en: "" } } as const;
  await statuses.put({ ...row, status: "WARNING" });
  await statuses.put(row);
  await statuses.put({ code: "take", status: "PROCESSING", descriptions: {} });
  await statuses.delete("take");
  await statuses.delete("pickup");
  expect(await statuses.list()).toEqual({ rows: [row], removed: ["pickup", "take"] });
  await statuses.put({ code: "take", status: "NOTOK", descriptions: {} });
  expect(await statuses.list()).toEqual({
    rows: [row, { code: "take", status: "NOTOK", descriptions: {} }],
    removed: ["pickup"],
  });
  await store.close();
});
