import { idFrom, timeOfId } from "../ids.js";
import type { Database } from "./database.js";

/**
 * An id before which all rows stand that were made until `at`, and few others: found by halving, for ids grow with time,
 * though perhaps by another clock. undefined: none is needed, or none can be told.
 */
export async function idBefore(
  database: Database,
  table: string,
  column: string,
  at: number,
): Promise<string | undefined> {
  const [first, last, newest] = await database.json<[string | null, string | null, number | null]>(
    `SELECT json_array((SELECT min(id) FROM ${table}), (SELECT max(id) FROM ${table}),
      (SELECT ${column} FROM ${table} ORDER BY id DESC LIMIT 1))`,
  );
  if (first === null || last === null || newest === null || newest <= at) return undefined;
  const [prefix = ""] = last.split("_");
  let [low, high] = [timeOfId(first), timeOfId(last)];
  if (low === null || high === null) return undefined;
  high++;
  const sql = `SELECT json_array((SELECT ${column} FROM ${table} WHERE id < ? ORDER BY id DESC LIMIT 1))`;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const [made] = await database.json<[number | null]>(sql, idFrom(prefix, middle));
    if (made === null || made <= at) low = middle;
    else high = middle;
  }
  return idFrom(prefix, high);
}
