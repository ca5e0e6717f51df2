import type { Attempt } from "../types.js";
import type { AttemptReport } from "./attempt-rows.js";
import type { Database } from "./database.js";

type Row = Awaited<ReturnType<Database["prisma"]["attempt"]["findMany"]>>[number];

function toAttempt(row: Row, bodies: ReadonlyMap<string, string>): Attempt {
  const { endpointId: _endpointId, sent: about, batch, overtook, ...rest } = JSON.parse(row.report) as AttemptReport;
  const sha256 = row.sha256 ?? "";
  const sent = about ? { ...about, sha256, body: row.body ?? bodies.get(sha256) ?? "" } : null;
  const also = {
    ...(batch ? { batch: { id: batch.id, events: batch.events } } : {}),
    ...(overtook === undefined ? {} : { overtook }),
    ...(row.forgotten_at === null ? {} : { forgottenAt: Number(row.forgotten_at) }),
  };
  return { ...rest, ...also, deliveryId: row.delivery_id, number: row.number, sent, late: row.late === 1 };
}

export interface Attempts {
  /** The attempts of a delivery, the first first; a body that was the same as before is filled in. */
  ofDelivery(deliveryId: string): Promise<Attempt[]>;
}

/** The bodies that other members of the same batches keep, by their hash. */
async function bodiesOfBatches(database: Database, rows: readonly Row[]): Promise<Map<string, string>> {
  const wanted = rows.flatMap((row) => {
    const { batch } = JSON.parse(row.report) as AttemptReport;
    // What another process of the version before has written says it in its report alone.
    const keeper = row.keeper ?? batch?.keeper;
    return batch && keeper && row.body === null && keeper !== row.delivery_id ? [[keeper, row.sha256]] : [];
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

/** What was tried. */
export function createAttempts(database: Database): Attempts {
  return {
    async ofDelivery(deliveryId) {
      const rows = await database.prisma.attempt.findMany({
        where: { delivery_id: deliveryId },
        orderBy: { number: "asc" },
      });
      const bodies = await bodiesOfBatches(database, rows);
      return rows.map((row) => {
        if (row.sha256 !== null && row.body !== null) bodies.set(row.sha256, row.body);
        return toAttempt(row, bodies);
      });
    },
  };
}
