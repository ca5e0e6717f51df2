import type { Attempt } from "../types.js";
import type { Database } from "./database.js";

type Row = Awaited<ReturnType<Database["prisma"]["attempt"]["findMany"]>>[number];

function toAttempt(row: Row, bodies: ReadonlyMap<string, string>): Attempt {
  const { sha256 } = row;
  const sent =
    sha256 === null
      ? null
      : {
          contentType: row.content_type ?? "",
          body: row.body ?? bodies.get(sha256) ?? "",
          sha256,
          bytes: row.bytes ?? 0,
          fileName: row.file_name,
        };
  return {
    deliveryId: row.delivery_id,
    number: row.number,
    startedAt: Number(row.started_at),
    durationMs: row.duration_ms,
    outcome: row.outcome as Attempt["outcome"],
    fault: row.fault as Attempt["fault"],
    code: row.code,
    detail: row.detail,
    transport: row.transport,
    address: row.address,
    sent,
    response: row.response,
    timings: JSON.parse(row.timings),
    late: row.late === 1,
  };
}

export interface Attempts {
  /** The attempts of a delivery, the first first; a body that was the same as before is filled in. */
  ofDelivery(deliveryId: string): Promise<Attempt[]>;
}

/** What was tried. */
export function createAttempts(database: Database): Attempts {
  return {
    async ofDelivery(deliveryId) {
      const rows = await database.prisma.attempt.findMany({
        where: { delivery_id: deliveryId },
        orderBy: { number: "asc" },
      });
      const bodies = new Map<string, string>();
      return rows.map((row) => {
        if (row.sha256 !== null && row.body !== null) bodies.set(row.sha256, row.body);
        return toAttempt(row, bodies);
      });
    },
  };
}
