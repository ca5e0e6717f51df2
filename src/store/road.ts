import type { Clock } from "../types.js";
import { batching, type NewBatch } from "./batches.js";
import { type ClaimRequest, claiming, dueLanes, releasing } from "./claims.js";
import { Commits, type CommitsOptions } from "./commits.js";
import type { Database } from "./database.js";
import { naming } from "./file-names.js";
import { type Ended, following } from "./follow.js";
import { expireWaiting, laneState } from "./lanes.js";
import { createLeases, leasedClaiming } from "./leases.js";
import { faulting, releaseAll, releaseExpired } from "./lost-claims.js";
import { cancelOrphans } from "./pending.js";
import { knownEvents, publishing } from "./publishing.js";
import { recording } from "./records.js";
import { addTraffic, counting, type TrafficRow } from "./traffic.js";
import { clockSeen, moveTimes, seeClock } from "./wall-clock.js";

/** What was under way when an endpoint was deleted has come back by then; a start looks at all. */
const DELETED_LATELY_MS = 3_600_000;

/** Where writes wait for the transaction that they go into with others; the same for both where there is one at a time. */
export interface RoadCommits {
  readonly writes: Commits;
  /** Releases too: what was released before a claim is there for it. */
  readonly claims: Commits;
  /** Resolves when everything added so far has been written or refused. */
  settle(): Promise<void>;
}

export function createRoadCommits(database: Database, options: CommitsOptions = {}): RoadCommits {
  const writes = new Commits(database, options);
  // Many transactions at a time: a lane that runs low need not wait until the results of all others are recorded.
  const claims = database.kind === "sqlite" ? writes : new Commits(database, options);
  return {
    writes,
    claims,
    async settle() {
      await Promise.all([writes.settle(), claims.settle()]);
    },
  };
}

/** The hot road's view of the store: every write goes with others into one transaction. */
export function createRoad(database: Database, commits: RoadCommits, clock: Clock, processId: string) {
  const { nowSql } = database;
  const claims = nowSql === null ? claiming : leasedClaiming(processId, nowSql);
  return {
    /** One process alone has the database. */
    isAlone: nowSql === null,
    /** null: one process alone has the database. */
    leases: nowSql === null ? null : createLeases(database, processId, nowSql),
    commit: (set: Parameters<typeof publishing.statements>[0][number]) => commits.writes.add(publishing, set),
    claim: (request: ClaimRequest) => commits.claims.add(claims, request),
    release: (claim: { id: string; token: string }) => commits.claims.add(releasing, claim),
    fault: (claim: { id: string; token: string }) => commits.claims.add(faulting, claim),
    record: (record: Parameters<typeof recording.statements>[0][number]) => commits.writes.add(recording, record),
    follow: (ended: Ended) => commits.writes.add(following, ended),
    batch: (batch: NewBatch) => commits.writes.add(batching, batch),
    takeName: (wish: Parameters<typeof naming.statements>[0][number]) => commits.writes.add(naming, wish),
    known: (wanted: Parameters<typeof knownEvents>[1]) => knownEvents(database, wanted),
    /** Writes a row and commits it; throws StoreUnavailableError. */
    async canWrite() {
      const sql =
        "INSERT INTO meta (key, value) VALUES ('written', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
      await database.batch([{ sql, args: [String(clock.now())] }]);
      await database.findRoom();
    },
    /** When the first pending delivery of a lane is due; null: none is pending. */
    nextDue: (laneId: string) =>
      database.json<number | null>(
        "SELECT json_quote(min(due_at)) FROM deliveries WHERE lane_id = ? AND state = 'pending'",
        laneId,
      ),
    /** What is due in a lane, up to `most`: how many, the earliest time, and whether some belong to a batch already. */
    async gathered(laneId: string, now: number, most: number) {
      const [count, since, fixed] = await database.json<[number, number | null, number]>(
        `SELECT json_array(count(*), min(due_at), count(batch_id)) FROM (SELECT due_at, batch_id FROM deliveries
          WHERE lane_id = ? AND state = 'pending' AND due_at <= ? ORDER BY due_at, id LIMIT ?) AS due`,
        laneId,
        now,
        most,
      );
      return { count, since: since ?? now, fixed: fixed > 0 };
    },
    laneState: (id: string) => laneState(database, id),
    dueLanes: () => dueLanes(database),
    releaseAll: () => releaseAll(database),
    releaseExpired: (held: readonly string[]) => releaseExpired(database, clock.monotonic(), clock.now(), held),
    cancelOrphans: () => cancelOrphans(database, clock.now(), clock.now() - DELETED_LATELY_MS),
    clockSeen: () => clockSeen(database),
    seeClock: () => seeClock(database, clock.now()),
    moveTimes: (by: number) => moveTimes(database, by, clock.now()),
    expireWaiting: (laneId: string) => expireWaiting(database, laneId, clock.now()),
    /** Whose a lane is. */
    customerOf: (laneId: string) =>
      database.json<string>("SELECT json_quote(coalesce(max(customer_id), '')) FROM lanes WHERE id = ?", laneId),
    /** Adds to what went through, in a transaction of others where there is one at a time. */
    count: (rows: readonly TrafficRow[]) =>
      database.kind === "sqlite" ? commits.writes.add(counting, rows) : addTraffic(database, rows),
  };
}

export type Road = ReturnType<typeof createRoad>;
