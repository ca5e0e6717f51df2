import type { Fault } from "../errors.js";
import type { Attempt, DeliveryState } from "../types.js";
import { attemptStatement } from "./attempt-rows.js";
import type { WriteKind } from "./commits.js";
import type { ColumnType, SqlValue, Statement } from "./database.js";
import { followStatements } from "./follow.js";
import { laneChanges, type OwnedChange } from "./lane-changes.js";
import { PARKED, resumedSince } from "./pending.js";

/** What an attempt, or the decision not to make one, means for a delivery. */
export interface DeliveryRecord {
  readonly id: string;
  readonly token: string;
  /** Attempts before this one. */
  readonly attempts: number;
  readonly endpointId: string;
  readonly laneId: string;
  readonly state: Exclude<DeliveryState, "sending">;
  /** Of failed and canceled. */
  readonly reason: string;
  readonly fault: Fault | null;
  readonly lastError: string;
  /** Place in the retry schedule from now on. */
  readonly step: number;
  readonly mayHaveArrived: boolean;
  readonly dueAt: number;
  /** The batch that it goes out with from now on, where it was split. */
  readonly batchId?: string;
  /** Where it is parked: the version of the endpoint that was at rest. */
  readonly restVersion?: number;
  readonly finishedAt: number | null;
  /** null: nothing was tried (it had expired). */
  readonly attempt: Omit<Attempt, "deliveryId" | "number" | "late"> | null;
  /** What the attempt was made with, where that is a batch; the body is kept with one of it. */
  readonly batch?: AttemptBatch;
  readonly lane: LaneChange | null;
  /** Its endpoint lets later statuses of an order wait for earlier ones: so many go once it has ended. */
  readonly followers?: number;
  /** The earlier delivery that was not done yet when this was sent. */
  readonly overtook?: string;
}

/** The batch of an attempt. */
export interface AttemptBatch {
  readonly id: string;
  readonly events: number;
  /** The delivery that keeps the body. */
  readonly keeper: string;
}

/** What an attempt means for its lane; absent members change nothing. */
export interface LaneChange {
  readonly at: number;
  readonly kind: "success" | "connection" | "response" | "none";
  readonly fault: Fault | null;
  readonly code: string;
  readonly text: string;
  readonly heldReason?: string;
  readonly heldUntil?: number;
  readonly openUntil?: number | null;
  readonly gaveUp?: boolean;
  readonly disabled?: boolean;
  /** Of the endpoint that was sent by: what is wrong with one that was changed since holds nothing. */
  readonly version?: number;
  /** Under which lease of the lane; one that was taken over since decides nothing. null: there are no others. */
  readonly fence?: number | null;
}

// A record whose claim was lost finds no row here: it is kept as an attempt, and decides nothing.
const UPDATE_DELIVERIES = `WITH r(id, token, state, reason, fault, last_error, step, ambiguous, due_at, finished_at, tried,
    rest_version, batch_id) AS (:table)
  UPDATE deliveries SET state = r.state, reason = r.reason, fault = r.fault, last_error = r.last_error, step = r.step,
  ambiguous = r.ambiguous,
  due_at = CASE WHEN r.due_at = ${PARKED} AND ${resumedSince("deliveries.endpoint_id", "r.rest_version")}
    THEN deliveries.due_at ELSE r.due_at END,
  finished_at = r.finished_at, attempts = attempts + r.tried,
  internal_faults = CASE WHEN r.tried > 0 THEN 0 ELSE internal_faults END, batch_id = coalesce(r.batch_id, deliveries.batch_id),
  claim_token = NULL, claim_until = NULL
  FROM r WHERE deliveries.id = r.id AND deliveries.claim_token = r.token AND deliveries.state = 'sending'`;
const DELIVERY_COLUMNS: readonly ColumnType[] = [
  ...(["text", "text", "text", "text", "text", "text"] as const),
  ...(["integer", "integer", "integer", "integer", "integer", "integer", "text"] as const),
];

// What almost all records say, with as few values to read as can be.
const UPDATE_DELIVERED = `WITH r(id, token, finished_at) AS (:table)
  UPDATE deliveries SET state = 'delivered', reason = '', fault = NULL, last_error = '', ambiguous = 0,
  finished_at = r.finished_at, attempts = attempts + 1, claim_token = NULL, claim_until = NULL
  FROM r WHERE deliveries.id = r.id AND deliveries.claim_token = r.token AND deliveries.state = 'sending'`;
const DELIVERED_COLUMNS: readonly ColumnType[] = ["text", "text", "integer"];

const isDelivered = ({ state, attempt }: DeliveryRecord) => state === "delivered" && attempt !== null;

function deliveryValues(record: DeliveryRecord): SqlValue[] {
  return [
    record.id,
    record.token,
    record.state,
    record.reason,
    record.fault,
    record.lastError,
    record.step,
    record.mayHaveArrived ? 1 : 0,
    record.dueAt,
    record.finishedAt,
    record.attempt ? 1 : 0,
    record.restVersion ?? null,
    record.batchId ?? null,
  ];
}

/** What became of claimed deliveries: attempts, states and the health of their lanes, in sets. */
export const recording: WriteKind<DeliveryRecord, void> = {
  rank: 1,
  patienceMs: 50,
  statements(records) {
    const attempts = records.filter(({ attempt }) => attempt);
    const lanes = new Map<string, OwnedChange[]>();
    for (const { laneId, endpointId, lane } of records) {
      if (lane) lanes.set(laneId, [...(lanes.get(laneId) ?? []), { ...lane, endpointId }]);
    }
    const statements: Statement[] = [];
    if (attempts.length > 0) {
      statements.push(attemptStatement(attempts));
    }
    const [delivered, others] = [records.filter(isDelivered), records.filter((record) => !isDelivered(record))];
    if (delivered.length > 0) {
      const table = delivered.map(({ id, token, finishedAt }) => [id, token, finishedAt]);
      statements.push({ sql: UPDATE_DELIVERED, columns: DELIVERED_COLUMNS, table });
    }
    if (others.length > 0) {
      statements.push({ sql: UPDATE_DELIVERIES, columns: DELIVERY_COLUMNS, table: others.map(deliveryValues) });
    }
    const ended = records.flatMap(({ id, state, followers, finishedAt }) =>
      followers && state !== "pending" ? [{ id, followers, now: finishedAt ?? 0 }] : [],
    );
    statements.push(...followStatements(ended));
    if (lanes.size > 0) {
      statements.push(laneChanges(lanes));
    }
    return statements;
  },
  results: (_cells, records) => records.map(() => undefined),
};
