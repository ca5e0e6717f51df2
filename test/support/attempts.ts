import { ATTEMPT_ROWS, type AttemptRow, attemptsFrom } from "../../src/store/attempts.js";
import type { Database } from "../../src/store/database.js";
import type { Attempt } from "../../src/types.js";

/** The attempts of a delivery, whether or not its row is there. */
export async function attemptsOf(database: Database, deliveryId: string): Promise<Attempt[]> {
  const sql = `SELECT ${ATTEMPT_ROWS} FROM (SELECT CAST(? AS TEXT) AS id) d`;
  return attemptsFrom(database, deliveryId, await database.json<AttemptRow[]>(sql, deliveryId));
}
