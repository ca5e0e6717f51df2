import type { Attempt } from "../types.js";
import type { Database } from "./database.js";
import type { AttemptReport } from "./records.js";

type Row = Awaited<ReturnType<Database["prisma"]["attempt"]["findMany"]>>[number];

function toAttempt(row: Row, bodies: ReadonlyMap<string, string>): Attempt {
  const { endpointId: _endpointId, sent: about, ...rest } = JSON.parse(row.report) as AttemptReport;
  const sha256 = row.sha256 ?? "";
  const sent = about ? { ...about, sha256, body: row.body ?? bodies.get(sha256) ?? "" } : null;
  return { ...rest, deliveryId: row.delivery_id, number: row.number, sent, late: row.late === 1 };
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
