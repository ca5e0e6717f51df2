import type { InboxRow, InboxStore } from "../../src/store/inbox.js";

/** Rows in memory; what is taken out, and what is refused with which reason. */
export function rowsInMemory(rows: readonly string[]) {
  const waiting: InboxRow[] = rows.map((event, at) => ({ id: at + 1, event }));
  const refused: string[] = [];
  const without = (ids: ReadonlySet<number>) => {
    for (let at = waiting.length - 1; at >= 0; at--) if (ids.has(waiting[at]?.id ?? 0)) waiting.splice(at, 1);
  };
  const store: InboxStore = {
    waiting: async (limit) => waiting.slice(0, limit),
    remove: async (ids) => without(new Set(ids)),
    refuse: async (found) => {
      without(new Set(found.map(({ id }) => id)));
      refused.push(...found.map(({ error }) => error));
    },
  };
  return { store, waiting, refused };
}
