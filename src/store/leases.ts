import {
  byAge,
  CLAIMED,
  type ClaimAnswer,
  type ClaimedCells,
  type ClaimRequest,
  claimsOf,
  dueBy,
  MATES,
  newestDue,
} from "./claims.js";
import type { WriteKind } from "./commits.js";
import type { ColumnType, Database, Statement } from "./database.js";
import { orderStatements } from "./ordering.js";

/** What comes before the name of a work that one process does for all; ids of lanes do not begin so. */
const LEAD = "lead:";
/** A lease is written for so much longer than what is claimed under it, and then not again with each claim. */
const SLACK_MS = 2_000;

const OLDEST_DUE = `SELECT id FROM deliveries WHERE lane_id = w.lane_id AND state = 'pending' AND due_at <= ?3
  ORDER BY due_at, id LIMIT w.most FOR UPDATE SKIP LOCKED`;
const NEWEST_DUE = `SELECT id FROM deliveries WHERE state = 'pending'
  AND id IN (${newestDue({ lane: "w.lane_id", now: "?3", most: "w.most" })}) FOR UPDATE SKIP LOCKED`;

/**
 * Takes the lanes whose lease is this process's, free or expired, and claims what is due in them. A lease lasts at least
 * as long as what was claimed under it: a process that takes a lane over finds nothing of the former one's on the wire.
 * The lanes of others come back with their holders, and nothing is written for them. What this reads of `leases` is as it
 * was before, looked up lane by lane: joined, a planner that knows too little reads all of it.
 */
const leasedClaim = (now: string, newest: boolean) => `WITH wanted(lane_id, most, life, spent) AS (:table),
  clock AS MATERIALIZED (SELECT ${now} AS ms),
  old AS MATERIALIZED (SELECT w.lane_id AS name, l.holder, l.fence, l.until, l.spent_until FROM wanted w
    CROSS JOIN LATERAL (SELECT * FROM leases WHERE name = w.lane_id LIMIT 1) l),
  kept AS MATERIALIZED (SELECT o.name FROM wanted w JOIN old o ON o.name = w.lane_id CROSS JOIN clock
    WHERE o.holder = ?2 AND o.until >= clock.ms + w.life AND w.spent = 0),
  others AS MATERIALIZED (SELECT o.name FROM old o CROSS JOIN clock WHERE o.holder <> ?2 AND o.until >= clock.ms),
  taken AS (INSERT INTO leases AS l (name, holder, fence, until, spent_until)
    SELECT w.lane_id, ?2, 1, clock.ms + w.life + ${SLACK_MS}, clock.ms + w.spent FROM wanted w CROSS JOIN clock
      WHERE w.lane_id NOT IN (SELECT name FROM kept UNION ALL SELECT name FROM others) ORDER BY w.lane_id
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,
      fence = CASE WHEN l.holder = excluded.holder THEN l.fence ELSE l.fence + 1 END,
      until = CASE WHEN l.holder = excluded.holder THEN greatest(l.until, excluded.until) ELSE excluded.until END,
      spent_until = greatest(l.spent_until, excluded.spent_until)
      WHERE l.holder = excluded.holder OR l.until < ${now}
    RETURNING l.name, l.fence),
  due AS MATERIALIZED (SELECT d.id, w.life FROM wanted w CROSS JOIN LATERAL (
      ${newest ? NEWEST_DUE : OLDEST_DUE}) d
    WHERE w.lane_id IN (SELECT name FROM kept UNION ALL SELECT name FROM taken)),
  claimed AS (UPDATE deliveries SET state = 'sending', claim_token = ?1, claim_until = clock.ms + due.life
    FROM due CROSS JOIN clock WHERE deliveries.id = due.id)
  SELECT json_group_array(json_array(w.lane_id,
    CASE WHEN k.name IS NULL AND t.name IS NULL THEN
      CASE WHEN old.until >= clock.ms THEN old.holder ELSE '' END END, coalesce(t.fence, old.fence),
    greatest(0, coalesce(old.spent_until, 0) - clock.ms)))
  FROM wanted w CROSS JOIN clock LEFT JOIN old ON old.name = w.lane_id LEFT JOIN kept k ON k.name = w.lane_id
    LEFT JOIN taken t ON t.name = w.lane_id`;
const CLAIM_COLUMNS: readonly ColumnType[] = ["text", "integer", "integer", "integer"];

type LeaseCells = [laneId: string, heldBy: string | null, fence: number | null, spentMs: number];

/** Claims for one of several processes: see `leasedClaim`. */
export function leasedClaiming(holder: string, nowSql: string): WriteKind<ClaimRequest, ClaimAnswer> {
  const sqls = [leasedClaim(nowSql, false), leasedClaim(nowSql, true)] as const;
  return {
    rank: 3,
    statements(requests) {
      const [first] = requests;
      if (!first) return [];
      const now = dueBy(requests);
      const statements: Statement[] = byAge(requests).flatMap((wanted, at) => {
        const table = wanted.map(({ laneId, limit, startMs, sendMs, spentMs = 0 }) => [
          laneId,
          limit,
          Math.ceil(startMs + sendMs),
          Math.ceil(spentMs),
        ]);
        const sql = sqls[at] ?? "";
        return table.length > 0 ? [{ sql, columns: CLAIM_COLUMNS, table, args: [first.token, holder, now] }] : [];
      });
      if (requests.some(({ batched }) => batched)) statements.push({ sql: MATES, args: [first.token] });
      statements.push(...orderStatements(requests, first.token, now));
      return [...statements, { sql: CLAIMED, args: [first.token] }];
    },
    results(cells, requests) {
      const asked = byAge(requests).filter((wanted) => wanted.length > 0).length;
      const found = cells.slice(0, asked).flatMap((cell) => cell as LeaseCells[]);
      const leases = new Map(found.map(([lane, ...lease]) => [lane, lease]));
      const claims = claimsOf((cells.at(-1) ?? []) as ClaimedCells[], requests);
      return requests.map(({ laneId }, at) => {
        const [heldBy = "", fence = null, spentMs = 0] = leases.get(laneId) ?? [];
        return { claims: claims[at] ?? [], heldBy, fence, spentMs };
      });
    },
  };
}

/** What a process has in its hands, to be kept for longer. */
export interface InHand {
  readonly tokens: readonly string[];
  readonly lanes: readonly string[];
  /** So long at least, from now on. */
  readonly lifeMs: number;
}

/** The leases of one process. */
export interface Leases {
  /** Lengthens claims and leases that are this process's still; those that have expired and are taken stay lost. */
  renew(inHand: InHand): Promise<void>;
  /** Gives lanes back, each with how long its rate is spent (ms). */
  giveBack(lanes: readonly { readonly laneId: string; readonly spentMs: number }[]): Promise<void>;
  /** Gives all lanes back: the process stops. What it leads it gives up when the work for all has ended. */
  giveAllBack(): Promise<void>;
  /** Whether this process does the work of that name for all, from now on for `lifeMs`. */
  lead(work: string, lifeMs: number): Promise<boolean>;
}

/** `nowSql`: of `Database`. */
export function createLeases(database: Database, holder: string, nowSql: string): Leases {
  return {
    async renew({ tokens, lanes, lifeMs }) {
      // What is locked is being claimed or recorded, and needs no renewal; waiting for it could be a deadlock.
      const until = `${nowSql} + CAST(?2 AS bigint)`;
      await database.batch([
        // The leases first, and for longer: none must end before what was claimed under it.
        {
          sql: `UPDATE leases SET until = greatest(until, ${until} + ${SLACK_MS}) WHERE name IN (
            SELECT name FROM leases WHERE name IN (SELECT value FROM each(?1)) AND holder = ?3 AND until >= 0
              FOR UPDATE SKIP LOCKED)`,
          args: [lanes, lifeMs, holder],
        },
        {
          sql: `UPDATE deliveries SET claim_until = ${until} WHERE id IN (
            SELECT id FROM deliveries WHERE claim_token IN (SELECT value FROM each(?1)) AND state = 'sending'
              AND claim_until < ${until} FOR UPDATE SKIP LOCKED)`,
          args: [tokens, lifeMs],
        },
      ]);
    },
    async giveBack(lanes) {
      if (lanes.length === 0) return;
      await database.batch([
        {
          sql: `WITH r(lane_id, spent) AS (:table), own AS (SELECT l.name, r.spent FROM leases l JOIN r ON l.name = r.lane_id
              WHERE l.holder = ?1 ORDER BY l.name FOR UPDATE OF l)
            UPDATE leases SET until = -1, spent_until = ${nowSql} + own.spent FROM own WHERE leases.name = own.name`,
          columns: ["text", "integer"],
          table: lanes.map(({ laneId, spentMs }) => [laneId, Math.ceil(spentMs)]),
          args: [holder],
        },
      ]);
    },
    giveAllBack: () =>
      database.batch([
        {
          sql: `UPDATE leases SET until = -1 WHERE holder = ?1 AND until >= ${nowSql} AND name NOT LIKE '${LEAD}%'`,
          args: [holder],
        },
      ]),
    async lead(work, lifeMs) {
      const lead = `${LEAD}${work}`;
      const [, name] = await database.batchJson([
        {
          sql: `INSERT INTO leases AS l (name, holder, fence, until) VALUES (?1, ?2, 1, ${nowSql} + CAST(?3 AS bigint))
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until,
            fence = CASE WHEN l.holder = excluded.holder THEN l.fence ELSE l.fence + 1 END
            WHERE l.holder = excluded.holder OR l.until < ${nowSql}`,
          args: [lead, holder, lifeMs],
        },
        { sql: "SELECT json_quote(holder) FROM leases WHERE name = ?", args: [lead] },
      ]);
      return name === holder;
    },
  };
}
