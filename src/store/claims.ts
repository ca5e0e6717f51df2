import type { WriteKind } from "./commits.js";
import type { Database, Statement } from "./database.js";
import type { EventRow } from "./event-rows.js";
import { orderStatements } from "./ordering.js";

/** What a claim asks for: the due deliveries of one lane, at most `limit` of them. */
export interface ClaimRequest {
  readonly laneId: string;
  readonly limit: number;
  /** Epoch ms: what is due then. */
  readonly now: number;
  /** Of the claim that this request may become part of; the same for all requests of a commit is fine. */
  readonly token: string;
  /** Until when a send may start, in ms of the monotonic clock. */
  readonly until: number;
  /** Milliseconds from when it was asked for to `until`. */
  readonly startMs: number;
  /** Milliseconds that a send which starts at the last moment may take: the claim lasts so much longer. */
  readonly sendMs: number;
  /** What belongs to a batch comes with all of it, whatever the limit. */
  readonly batched?: boolean;
  /** Milliseconds until the lane's rate has allowed all of `limit`. */
  readonly spentMs?: number;
  /** The newest of what is due, instead of the oldest; what was not tried yet goes before what was. */
  readonly newest?: boolean;
  /** What order the lane keeps; left out: none. */
  readonly order?: { readonly mode: "per-order" | "latest-only"; readonly overtakeAfterMs: number };
}

/** What a claim brings, and whose lane it is. */
export interface ClaimAnswer {
  readonly claims: Claimed[];
  /** The process that works the lane, where that is another: nothing was claimed; "": one that has just come. */
  readonly heldBy: string | null;
  /** Counts the processes that have worked the lane; null where there is only one. */
  readonly fence: number | null;
  /** For so long all was spent that the lane's rate allows, as whoever claimed last has said. */
  readonly spentMs: number;
}

/** A delivery in the hands of this process until its claim expires, with its event. */
export interface Claimed {
  readonly id: string;
  readonly laneId: string;
  readonly endpointId: string;
  readonly token: string;
  /** Monotonic ms; no send starts after it. */
  readonly until: number;
  readonly attempts: number;
  /** Place in the retry schedule. */
  readonly step: number;
  readonly mayHaveArrived: boolean;
  /** What it was sent with before, and goes out with again; null: nothing yet, or not all of that came with this claim. */
  readonly batchId: string | null;
  readonly fileName: string | null;
  /** What the file name was given out for. */
  readonly fileTarget: string | null;
  /** Why no file name can be given to it. */
  readonly fileFault?: string;
  /** Endpoint, order, barcode and container in one, where the endpoint keeps an order. */
  readonly orderKey: string | null;
  /** The earlier delivery that was not done yet when this one was claimed. */
  readonly overtook: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Of its event in memory, about. */
  readonly bytes: number;
  readonly event: EventRow;
}

const LIMITS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** The largest limit that a claim can have and that is not above `wanted`: lanes with the same one share a statement. */
export function claimLimit(wanted: number): number {
  return LIMITS.findLast((limit) => limit <= wanted) ?? 1;
}

/** Among so many of the newest, what was not tried yet is looked for. */
const NEWEST = 64;

/** SQL of the newest ids that are due in a lane; what was not tried yet goes first among them. It goes along the index. */
export const newestDue = ({ lane, now, most }: { lane: string; now: string; most: string }): string =>
  `SELECT n.id FROM (SELECT due.id, due.step, due.due_at FROM deliveries due
      WHERE due.lane_id = ${lane} AND due.state = 'pending' AND due.due_at <= ${now}
      ORDER BY due.due_at DESC, due.id DESC LIMIT ${NEWEST}) n
    ORDER BY CASE WHEN n.step = 0 THEN 0 ELSE 1 END, n.due_at DESC, n.id DESC LIMIT ${most}`;

const OLDEST_DUE = `SELECT due.id FROM deliveries due WHERE due.lane_id = lane.value AND due.state = 'pending' AND due.due_at <= ?4
    ORDER BY due.due_at, due.id LIMIT ?5`;
const claimSql = (due: string) => `UPDATE deliveries SET state = 'sending', claim_token = ?1, claim_until = ?2
  WHERE id IN (SELECT d.id FROM each(?3) lane, deliveries d WHERE d.id IN (${due}))`;
export const CLAIM = claimSql(OLDEST_DUE);
export const CLAIM_NEWEST = claimSql(newestDue({ lane: "lane.value", now: "?4", most: "?5" }));

/** Takes what belongs to the claimed batches too. */
export const MATES = `UPDATE deliveries SET state = 'sending', claim_token = ?1, claim_until = (
    SELECT min(claim_until) FROM deliveries WHERE claim_token = ?1 AND state = 'sending')
  WHERE state = 'pending' AND batch_id IN (
    SELECT batch_id FROM deliveries WHERE claim_token = ?1 AND state = 'sending' AND batch_id IS NOT NULL)`;

// What is left of a batch that went out without it needs another id: the receiver may know that one already. Looked at
// once for each batch, and not at all where none is claimed.
const BATCH = `CASE WHEN d.batch_id IS NOT NULL AND d.batch_id NOT IN (SELECT b.batch_id FROM (
    SELECT DISTINCT batch_id FROM deliveries WHERE claim_token = ?1 AND state = 'sending' AND batch_id IS NOT NULL) b
  WHERE EXISTS (SELECT 1 FROM deliveries o WHERE o.batch_id = b.batch_id
    AND (o.state = 'delivered' OR (o.state = 'sending' AND o.claim_token <> ?1)))) THEN d.batch_id END`;

/** What a token has claimed, with its events. */
export const CLAIMED = `SELECT json_group_array(json_array(d.lane_id, d.id, d.endpoint_id, d.attempts, d.step, d.ambiguous,
    d.file_name, d.created_at, d.expires_at, e.id, e.customer_id, e.external_id, e.content_hash, e.order_number,
    e.barcode, e.container, e.status_code, e.status, e.status_time, e.received_at, e.body,
    d.file_target, ${BATCH}, d.order_key, d.overtook))
  FROM (SELECT * FROM deliveries WHERE claim_token = ?1 AND state = 'sending' ORDER BY due_at, id) d
  JOIN events e ON e.id = d.event_id`;

export type ClaimedCells = [
  string,
  string,
  string,
  number,
  number,
  number,
  string | null,
  number,
  number,
  string,
  string,
  string | null,
  string,
  string,
  string,
  string,
  string,
  EventRow["status"],
  number,
  number,
  string,
  string | null,
  string | null,
  string | null,
  string | null,
];

function toClaimed(c: ClaimedCells, token: string, until: number, batched: boolean): Claimed {
  return {
    laneId: c[0],
    id: c[1],
    endpointId: c[2],
    token,
    until,
    attempts: c[3],
    step: c[4],
    mayHaveArrived: c[5] === 1,
    batchId: batched ? c[22] : null,
    fileName: c[6],
    fileTarget: c[21],
    orderKey: c[23],
    overtook: c[24],
    createdAt: c[7],
    expiresAt: c[8],
    bytes: c[20].length,
    event: {
      id: c[9],
      customer: c[10],
      externalId: c[11],
      contentHash: c[12],
      order: c[13],
      barcode: c[14],
      container: c[15],
      statusCode: c[16],
      status: c[17],
      statusTime: c[18],
      receivedAt: c[19],
      body: JSON.parse(c[20]),
    },
  };
}

/** What the token has claimed, by request; all of them may start until the first of them may not any more. */
export function claimsOf(rows: readonly ClaimedCells[], requests: readonly ClaimRequest[]): Claimed[][] {
  const token = requests[0]?.token ?? "";
  const until = Math.min(...requests.map((request) => request.until));
  const byLane = new Map(requests.map(({ laneId, batched = false }) => [laneId, { batched, claims: [] as Claimed[] }]));
  for (const row of rows) {
    const lane = byLane.get(row[0]);
    lane?.claims.push(toClaimed(row, token, until, lane.batched));
  }
  return requests.map((request) => byLane.get(request.laneId)?.claims ?? []);
}

/** Epoch ms, for all claims of a commit the latest: one made beside its deliveries is to find them, whoever asked before it. */
export const dueBy = (requests: readonly ClaimRequest[]): number => Math.max(...requests.map(({ now }) => now));

/** The requests for what is due first, and those for the newest. */
export function byAge(requests: readonly ClaimRequest[]): [ClaimRequest[], ClaimRequest[]] {
  return [requests.filter(({ newest }) => !newest), requests.filter(({ newest }) => newest)];
}

/** Claims the due deliveries of many lanes for a process that is alone; one statement for all lanes with the same limit. */
export const claiming: WriteKind<ClaimRequest, ClaimAnswer> = {
  rank: 3,
  statements(requests) {
    const [first] = requests;
    if (!first) return [];
    const until = Math.min(...requests.map((request) => request.until + request.sendMs));
    const now = dueBy(requests);
    const statements: Statement[] = [];
    const claim = (sql: string, wanted: readonly ClaimRequest[]) => {
      for (const limit of new Set(wanted.map((request) => request.limit))) {
        const lanes = wanted.filter((request) => request.limit === limit).map((request) => request.laneId);
        statements.push({ sql, args: [first.token, until, lanes, now, limit] });
      }
    };
    const [oldest, newest] = byAge(requests);
    claim(CLAIM, oldest);
    claim(CLAIM_NEWEST, newest);
    if (requests.some(({ batched }) => batched)) statements.push({ sql: MATES, args: [first.token] });
    statements.push(...orderStatements(requests, first.token, now));
    statements.push({ sql: CLAIMED, args: [first.token] });
    return statements;
  },
  results: (cells, requests) =>
    claimsOf((cells.at(-1) ?? []) as ClaimedCells[], requests).map((claims) => ({ ...ALONE, claims })),
};

const ALONE = { heldBy: null, fence: null, spentMs: 0 } as const;

/** A claimed delivery that goes back. */
interface Release {
  readonly id: string;
  readonly token: string;
  /** Its send was broken off. */
  readonly mayHaveArrived: boolean;
}

/** Gives back claimed deliveries that were not sent; those whose claim was lost are left alone. */
export const releasing: WriteKind<Release, void> = {
  rank: 2,
  patienceMs: 50,
  statements: (rows) => [
    {
      sql: `WITH r(id, token, arrived) AS (:table)
        UPDATE deliveries SET state = 'pending', ambiguous = greatest(ambiguous, r.arrived),
        claim_token = NULL, claim_until = NULL FROM r
        WHERE deliveries.id = r.id AND claim_token = r.token AND state = 'sending'`,
      columns: ["text", "text", "integer"],
      table: rows.map(({ id, token, mayHaveArrived }) => [id, token, mayHaveArrived ? 1 : 0]),
    },
  ],
  results: (_cells, rows) => rows.map(() => undefined),
};

/** The lanes that have pending deliveries, each with the time at which the first is due. */
export async function dueLanes(database: Database): Promise<{ laneId: string; at: number }[]> {
  // Steps from lane to lane through the index: a lane with a million deliveries costs as much as one with one.
  const rows = await database.json<[string, number][]>(`WITH RECURSIVE lane(id) AS (
      SELECT min(lane_id) FROM deliveries WHERE state = 'pending'
      UNION ALL
      SELECT (SELECT min(lane_id) FROM deliveries WHERE state = 'pending' AND lane_id > lane.id) FROM lane WHERE lane.id IS NOT NULL)
    SELECT json_group_array(json_array(id, (SELECT min(due_at) FROM deliveries WHERE state = 'pending' AND lane_id = lane.id)))
    FROM lane WHERE id IS NOT NULL`);
  return rows.map(([laneId, at]) => ({ laneId, at }));
}
