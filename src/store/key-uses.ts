import type { Clock } from "../types.js";
import type { Database } from "./database.js";

/** So often at most is a key's last use written. */
const EVERY_MS = 60_000;
/** Uses of so long are written in one go. */
const GATHERED_MS = 5_000;

const WRITE = `WITH r(id, at) AS (:table) UPDATE api_keys SET last_used_at = r.at FROM r
  WHERE api_keys.id = r.id AND (api_keys.last_used_at IS NULL OR api_keys.last_used_at <= r.at - ${EVERY_MS})`;

/**
 * When keys were used last, in memory first: a request must not wait for a write of who made it. With many processes each
 * writes only what is a minute newer than what another has written.
 */
export function createKeyUses(database: Database, clock: Clock) {
  const latest = new Map<string, number>();
  /** By the monotonic clock. */
  const written = new Map<string, number>();
  const due = new Set<string>();
  let cancel: (() => void) | null = null;

  async function write(): Promise<void> {
    cancel = null;
    const ids = [...due];
    due.clear();
    const table = ids.map((id) => [id, latest.get(id) ?? 0]);
    if (table.length > 0) await database.batch([{ sql: WRITE, columns: ["text", "integer"], table }]);
  }

  return {
    note(id: string): void {
      latest.set(id, clock.now());
      const now = clock.monotonic();
      if (now - (written.get(id) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return;
      written.set(id, now);
      due.add(id);
      // What cannot be written now is written with the use a minute later.
      cancel ??= clock.after(GATHERED_MS, () => void write().catch(() => undefined));
    },
    /** The later of what was read and what was noted here. */
    latest: (id: string, read: number | null): number | null => {
      const noted = latest.get(id);
      return noted === undefined ? read : Math.max(noted, read ?? 0);
    },
    /** Writes what is not written yet; a database that cannot take it keeps nobody from stopping. */
    async close(): Promise<void> {
      cancel?.();
      await write().catch(() => undefined);
    },
  };
}
