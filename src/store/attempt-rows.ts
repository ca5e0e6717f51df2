import type { SentPayload } from "../types.js";
import type { ColumnType, SqlValue, Statement } from "./database.js";
import type { AttemptBatch, DeliveryRecord } from "./records.js";

const INSERT_ATTEMPTS = `WITH r(id, token, tried, body, sha256, report, keeper) AS (:rows)
  INSERT INTO attempts (delivery_id, number, body, sha256, report, late, keeper)
  SELECT r.id, (SELECT coalesce(max(number), 0) + 1 FROM attempts a WHERE a.delivery_id = r.id),
    CASE WHEN r.tried > 0 AND EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = r.id AND a.sha256 = r.sha256)
      THEN NULL ELSE r.body END,
    r.sha256, r.report,
    CASE WHEN EXISTS (SELECT 1 FROM deliveries d WHERE d.id = r.id AND d.state = 'sending' AND d.claim_token = r.token)
      THEN 0 ELSE 1 END, r.keeper
  FROM r`;
const ATTEMPT_COLUMNS: readonly ColumnType[] = ["text", "text", "integer", "text", "text", "text", "text"];

/** What an attempt's row keeps beside what was sent, as JSON in its `report`. */
export type AttemptReport = Omit<NonNullable<DeliveryRecord["attempt"]>, "sent"> & {
  readonly endpointId: string;
  readonly sent: Omit<SentPayload, "body" | "sha256"> | null;
  readonly batch?: AttemptBatch;
  readonly overtook?: string;
};

/** As it is written: JSON leaves out what is undefined, and copying what is there would cost as much as writing it. */
type Written = { [Member in keyof Required<Omit<AttemptReport, "forgottenAt">>]: AttemptReport[Member] | undefined };

/** To the microsecond: clocks that measure tell digits that mean nothing, and each is kept for years. */
function roundedTimings(timings: Readonly<Record<string, number>>): Record<string, number> {
  const rounded: Record<string, number> = {};
  for (const step in timings) rounded[step] = Math.round((timings[step] ?? 0) * 1000) / 1000;
  return rounded;
}

function addValues(values: SqlValue[], record: DeliveryRecord): void {
  const { id, token, endpointId, attempts, attempt, batch, overtook } = record;
  if (!attempt) return;
  const { sent } = attempt;
  const report: Written = {
    endpointId,
    startedAt: attempt.startedAt,
    durationMs: attempt.durationMs,
    outcome: attempt.outcome,
    fault: attempt.fault,
    code: attempt.code,
    detail: attempt.detail,
    transport: attempt.transport,
    address: attempt.address,
    response: attempt.response,
    timings: roundedTimings(attempt.timings),
    headers: attempt.headers,
    remotePath: attempt.remotePath,
    sent: sent && { contentType: sent.contentType, bytes: sent.bytes, fileName: sent.fileName },
    batch,
    overtook,
  };
  const keeper = batch && batch.keeper !== id ? batch.keeper : null;
  const body = keeper === null ? (sent?.body ?? null) : null;
  values.push(id, token, attempts, body, sent?.sha256 ?? null, JSON.stringify(report), keeper);
}

/** The statement that keeps the attempts of the records that have one. */
export function attemptStatement(records: readonly DeliveryRecord[]): Statement {
  const values: SqlValue[] = [];
  for (const record of records) addValues(values, record);
  return { sql: INSERT_ATTEMPTS, columns: ATTEMPT_COLUMNS, values };
}
