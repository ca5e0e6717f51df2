import type { Database } from "./database.js";

/** An event as another program has written it into `waybell_inbox`. */
export interface InboxRow {
  readonly id: number;
  /** JSON of one event, unless that program has made a mistake. */
  readonly event: string;
}

/** The events that wait in `waybell_inbox`. */
export interface InboxStore {
  /** The oldest, at most `limit` of them, and no more than `maxBytes` but for the first. */
  waiting(limit: number, maxBytes: number): Promise<InboxRow[]>;
  /** Takes out what was published. */
  remove(ids: readonly number[]): Promise<void>;
  /** Leaves there what cannot be taken, with the reason. */
  refuse(rows: readonly { readonly id: number; readonly error: string }[], now: number): Promise<void>;
}

const WAITING = `SELECT json_group_array(json_array(id, event)) FROM (
  SELECT id, event, sum(length(event)) OVER (ORDER BY id) - length(event) AS before
  FROM (SELECT id, event FROM waybell_inbox WHERE error IS NULL ORDER BY id LIMIT ?) AS oldest) AS counted
  WHERE before < ?`;

export function createInboxStore(database: Database): InboxStore {
  return {
    async waiting(limit, maxBytes) {
      const rows = await database.json<[number, string][]>(WAITING, limit, maxBytes);
      return rows.map(([id, event]) => ({ id, event }));
    },
    async remove(ids) {
      await database.batch([
        {
          sql: "WITH r(id) AS (:table) DELETE FROM waybell_inbox WHERE id IN (SELECT id FROM r)",
          columns: ["integer"],
          table: ids.map((id) => [id]),
        },
      ]);
    },
    async refuse(rows, now) {
      await database.batch([
        {
          sql: `WITH r(id, error) AS (:table) UPDATE waybell_inbox SET error = r.error, refused_at = ?1 FROM r
            WHERE waybell_inbox.id = r.id`,
          columns: ["integer", "text"],
          table: rows.map(({ id, error }) => [id, error]),
          args: [now],
        },
      ]);
    },
  };
}
