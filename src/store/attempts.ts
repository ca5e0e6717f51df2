import type { Attempt } from "../types.js";
import type { AttemptReport } from "./attempt-rows.js";
import type { Database } from "./database.js";

/** A row of the attempts of a delivery, as `ATTEMPT_ROWS` reads it. */
export interface AttemptRow {
  readonly number: number;
  readonly body: string | null;
  readonly sha256: string | null;
  readonly report: string;
  readonly late: number;
  readonly keeper: string | null;
  readonly forgottenAt: number | null;
}

/**
 * SQL of the attempts of the delivery `d` as JSON, the first first: for one statement with what the delivery says of itself,
 * which an attempt that is recorded between two would belie.
 */
export const ATTEMPT_ROWS = `(SELECT json_group_array(json(one)) FROM (
  SELECT json_object('number', a.number, 'body', a.body, 'sha256', a.sha256, 'report', a.report, 'late', a.late,
    'keeper', a.keeper, 'forgottenAt', a.forgotten_at) AS one
  FROM attempts a WHERE a.delivery_id = d.id ORDER BY a.number) AS tried)`;

function toAttempt(deliveryId: string, row: AttemptRow, bodies: ReadonlyMap<string, string>): Attempt {
  const { endpointId: _endpointId, sent: about, batch, overtook, ...rest } = JSON.parse(row.report) as AttemptReport;
  const sha256 = row.sha256 ?? "";
  const sent = about ? { ...about, sha256, body: row.body ?? bodies.get(sha256) ?? "" } : null;
  const also = {
    ...(batch ? { batch: { id: batch.id, events: batch.events } } : {}),
    ...(overtook === undefined ? {} : { overtook }),
    ...(row.forgottenAt === null ? {} : { forgottenAt: row.forgottenAt }),
  };
  return { ...rest, ...also, deliveryId, number: row.number, sent, late: row.late === 1 };
}

/** The bodies that other members of the same batches keep, by their hash. */
async function bodiesOfBatches(
  database: Database,
  deliveryId: string,
  rows: readonly AttemptRow[],
): Promise<Map<string, string>> {
  const wanted = rows.flatMap((row) => {
    const { batch } = JSON.parse(row.report) as AttemptReport;
    // What another process of the version before has written says it in its report alone.
    const keeper = row.keeper ?? batch?.keeper;
    return batch && keeper && row.body === null && keeper !== deliveryId ? [[keeper, row.sha256]] : [];
  });
  if (wanted.length === 0) return new Map();
  const found = await database.jsonOf<[string, string][]>({
    sql: `WITH w(keeper, sha256) AS (:table) SELECT json_group_array(json_array(a.sha256, a.body)) FROM w
      JOIN attempts a ON a.delivery_id = w.keeper AND a.sha256 = w.sha256 AND a.body IS NOT NULL`,
    columns: ["text", "text"],
    table: wanted,
  });
  return new Map(found);
}

/** What was tried of a delivery, from its rows; a body that was the same as before is filled in. */
export async function attemptsFrom(
  database: Database,
  deliveryId: string,
  rows: readonly AttemptRow[],
): Promise<Attempt[]> {
  const bodies = await bodiesOfBatches(database, deliveryId, rows);
  return rows.map((row) => {
    if (row.sha256 !== null && row.body !== null) bodies.set(row.sha256, row.body);
    return toAttempt(deliveryId, row, bodies);
  });
}
