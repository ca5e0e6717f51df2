import type { Database } from "./database.js";
import { followStatement } from "./follow.js";
import { letOthersRun, SET, scanIds } from "./rows.js";

/** Where an endpoint's deliveries wait. */
export interface WaitingPlace {
  readonly id: string;
  readonly laneId: string;
}

/** The lanes that hold something pending, as the table `lane`: a lane with a million deliveries costs as much as one with one. */
export const WAITING_LANES = `WITH RECURSIVE lane(id) AS (
    SELECT min(lane_id) FROM deliveries WHERE state = 'pending'
    UNION ALL
    SELECT (SELECT min(lane_id) FROM deliveries WHERE state = 'pending' AND lane_id > lane.id) FROM lane WHERE lane.id IS NOT NULL)`;

async function* pendingOfLane(database: Database, laneId: string): AsyncGenerator<string[], void> {
  let after: [number, string] = [Number.MIN_SAFE_INTEGER, ""];
  for (;;) {
    const rows = await database.json<[number, string][]>(
      `SELECT json_group_array(json_array(due_at, id)) FROM (SELECT due_at, id FROM deliveries
        WHERE lane_id = ? AND state = 'pending' AND (due_at, id) > (?, ?) ORDER BY due_at, id LIMIT ${SET}) AS due`,
      laneId,
      ...after,
    );
    const last = rows.at(-1);
    if (!last) return;
    after = last;
    yield rows.map(([, id]) => id);
    if (rows.length < SET) return;
    await letOthersRun();
  }
}

/** A lane and its shards, those that there were before as well. */
export const lanesOfWhole = (database: Database, laneId: string) =>
  database.json<string[]>("SELECT json_group_array(id) FROM lanes WHERE id = ?1 OR shard_of = ?1", laneId);

/** The ids of an endpoint's pending deliveries, in sets. */
export async function* pendingIds(database: Database, { id, laneId }: WaitingPlace): AsyncGenerator<string[], void> {
  // Lanes of its own find them through the index of what is pending, however long the endpoint's history is.
  if (id === laneId) {
    for (const lane of await lanesOfWhole(database, laneId)) yield* pendingOfLane(database, lane);
    return;
  }
  const base = [{ sql: "endpoint_id = ?", args: [id] }];
  yield* scanIds(database, { table: "deliveries", base, filter: [{ sql: "state = 'pending'", args: [] }] }, SET);
}

/** How many of an endpoint's deliveries are pending. */
export async function countPending(database: Database, place: WaitingPlace): Promise<number> {
  if (place.id === place.laneId) {
    const sql = `SELECT count(*) FROM deliveries WHERE lane_id IN (SELECT value FROM each(?)) AND state = 'pending'`;
    return database.json(sql, await lanesOfWhole(database, place.laneId));
  }
  let count = 0;
  for await (const ids of pendingIds(database, place)) count += ids.length;
  return count;
}

/** Due so late that it is never reached: of deliveries for a callback endpoint that is at rest in a lane that is not. */
export const PARKED = Number.MAX_SAFE_INTEGER;

/** Cancels those of a set of deliveries that are still pending, and lets go what waits for them; returns how many. */
export async function cancelIds(database: Database, ids: readonly string[], reason: string, now: number) {
  const [changed] = await database.batchJson([
    {
      sql: `UPDATE deliveries SET state = 'canceled', reason = ?2, finished_at = ?3
        WHERE id IN (SELECT value FROM each(?1)) AND state = 'pending'`,
      args: [ids, reason, now],
    },
  ]);
  // Once that is committed: what is claimed meanwhile finds them ended, or is found here.
  await database.batch([followStatement(ids, now)]);
  return changed as number;
}

/** Cancels all pending deliveries of an endpoint, in sets; returns how many. */
export async function cancelPending(database: Database, place: WaitingPlace, reason: string, now: number) {
  let count = 0;
  for await (const ids of pendingIds(database, place)) count += await cancelIds(database, ids, reason, now);
  return count;
}

/** Deliveries of lanes with an endpoint that was deleted not before, in sets: those whose endpoint is deleted. */
async function* orphans(database: Database, since: number): AsyncGenerator<string[], void> {
  const lanes = await database.json<string[]>(
    `${WAITING_LANES} SELECT json_group_array(id) FROM lane
      WHERE EXISTS (SELECT 1 FROM endpoints e JOIN lanes l ON l.id = lane.id
        WHERE e.lane_id = coalesce(l.shard_of, l.id) AND e.deleted_at >= ?)`,
    since,
  );
  for (const lane of lanes) {
    for await (const ids of pendingOfLane(database, lane)) {
      yield await database.json<string[]>(
        `SELECT json_group_array(d.id) FROM each(?) w JOIN deliveries d ON d.id = w.value
          JOIN endpoints e ON e.id = d.endpoint_id WHERE e.deleted_at IS NOT NULL`,
        ids,
      );
    }
  }
}

/**
 * Cancels what is pending for endpoints that were deleted since then (epoch ms): what a stop in the middle of a deletion
 * left, or what was published, retried or being sent while it went on. Looks only at what is pending, however long the
 * endpoint's history is. Returns how many.
 */
export async function cancelOrphans(database: Database, now: number, since = 0): Promise<number> {
  let count = 0;
  for await (const ids of orphans(database, since)) {
    if (ids.length > 0) count += await cancelIds(database, ids, "endpoint deleted", now);
  }
  return count;
}

/** Rows of one update by range: enough that fsyncs do not count, few enough that the road does not wait. */
const RANGE = 5_000;

/** Changes all that is pending in a lane, in ranges of the index that it is claimed by; `change` must not move `due_at`. */
async function updateLane(database: Database, laneId: string, change: string, args: readonly number[]) {
  const rest = "lane_id = ? AND state = 'pending' AND (due_at, id) > (?, ?)";
  let after: [number, string] = [Number.MIN_SAFE_INTEGER, ""];
  for (;;) {
    const last = await database.json<[number, string] | null>(
      `SELECT json_array(due_at, id) FROM deliveries WHERE ${rest} ORDER BY due_at, id LIMIT 1 OFFSET ${RANGE - 1}`,
      laneId,
      ...after,
    );
    const sql = `UPDATE deliveries SET ${change} AND ${rest}${last ? " AND (due_at, id) <= (?, ?)" : ""}`;
    await database.batch([{ sql, args: [...args, laneId, ...after, ...(last ?? [])] }]);
    if (!last) return;
    after = last;
    await letOthersRun();
  }
}

async function updatePending(database: Database, place: WaitingPlace, change: string, args: readonly number[]) {
  for await (const ids of pendingIds(database, place)) {
    const sql = `UPDATE deliveries SET ${change} AND state = 'pending' AND id IN (SELECT value FROM each(?))`;
    await database.batch([{ sql, args: [...args, ids] }]);
  }
}

/** Gives what waited since before `stoppedAt`, or came after, the time back that it has lost until now. */
export async function giveTimeBack(database: Database, place: WaitingPlace, stoppedAt: number, now: number) {
  const change = "expires_at = expires_at + greatest(0, ? - greatest(?, created_at)) WHERE true";
  const args = [now, stoppedAt];
  if (place.id === place.laneId) {
    for (const lane of await lanesOfWhole(database, place.laneId)) await updateLane(database, lane, change, args);
  } else await updatePending(database, place, change, args);
}

/** Gives what waits in lanes that are held, the lane and its shards, the time back that it has lost to that. */
export async function giveHeldTimeBack(database: Database, laneId: string, now: number): Promise<void> {
  for (const lane of await lanesOfWhole(database, laneId)) await giveTimeBackIfHeld(database, lane, now);
}

async function giveTimeBackIfHeld(database: Database, laneId: string, now: number): Promise<void> {
  const sql = "SELECT json_array(held_at) FROM lanes WHERE id = ? AND held_reason IS NOT NULL AND held_at IS NOT NULL";
  const [heldAt] = (await database.json<[number] | null>(sql, laneId)) ?? [];
  if (heldAt === undefined) return;
  // What an endpoint at rest has lost since it was stopped it gets back when it is resumed.
  const until =
    "least(CAST(? AS bigint), coalesce((SELECT e.stopped_at FROM endpoints e WHERE e.id = deliveries.endpoint_id), ?))";
  const change = `expires_at = expires_at + greatest(0, ${until} - greatest(?, created_at)) WHERE true`;
  await updateLane(database, laneId, change, [now, now, heldAt]);
}

/** Makes what waits for a retry due, in sets: its endpoint was mended. Returns how many. */
export async function retryNow(database: Database, { id, laneId }: WaitingPlace, now: number): Promise<number> {
  let count = 0;
  for (const lane of await lanesOfWhole(database, laneId)) count += await retryLaneNow(database, id, lane, now);
  return count;
}

async function retryLaneNow(database: Database, id: string, laneId: string, now: number): Promise<number> {
  let count = 0;
  for (let moved = SET; moved === SET; ) {
    const [changed] = await database.batchJson([
      {
        sql: `UPDATE deliveries SET due_at = ?1 WHERE id IN (SELECT id FROM deliveries WHERE lane_id = ?2
          AND state = 'pending' AND due_at > ?1 AND due_at < ${PARKED} AND endpoint_id = ?3 AND step > 0 LIMIT ${SET})
          AND state = 'pending'`,
        args: [now, laneId, id],
      },
    ]);
    moved = changed as number;
    count += moved;
    await letOthersRun();
  }
  return count;
}

/** Keeps the pending deliveries of one of several endpoints in a lane from being claimed. */
export async function park(database: Database, place: WaitingPlace): Promise<void> {
  await updatePending(database, place, "due_at = ? WHERE true", [PARKED]);
}

/** Makes parked deliveries of an endpoint that is active again due. */
export async function unpark(database: Database, place: WaitingPlace, now: number): Promise<void> {
  await updatePending(database, place, `due_at = ? WHERE due_at = ${PARKED}`, [now]);
}

/**
 * SQL that is true when an endpoint (its id and the version of it that was seen at rest) is active by now: what was
 * going to be parked must not be, as nobody would make it due again.
 */
export const resumedSince = (id: string, version: string): string =>
  `EXISTS (SELECT 1 FROM endpoints resumed WHERE resumed.id = ${id} AND resumed.state = 'active'
    AND resumed.version <> ${version})`;

/** Makes due what is parked for endpoints that are active: what a stop in the middle of a resume left. Returns how many. */
export async function unparkStrays(database: Database, now: number): Promise<number> {
  let count = 0;
  for (const lane of await database.json<string[]>(`${WAITING_LANES} SELECT json_group_array(id) FROM lane
    WHERE id >= 'cb_' AND id < 'cb\`'`)) {
    for (let after = ""; ; ) {
      const rows = await database.json<[string, number | boolean][]>(
        `SELECT json_group_array(json_array(id, EXISTS (SELECT 1 FROM endpoints e
            WHERE e.id = parked.endpoint_id AND e.state = 'active' AND e.deleted_at IS NULL)))
          FROM (SELECT id, endpoint_id FROM deliveries WHERE lane_id = ? AND state = 'pending'
            AND due_at = ${PARKED} AND id > ? ORDER BY id LIMIT ${SET}) parked`,
        lane,
        after,
      );
      const last = rows.at(-1);
      if (!last) break;
      [after] = last;
      const strays = rows.filter(([, active]) => active).map(([id]) => id);
      const sql = `UPDATE deliveries SET due_at = ? WHERE id IN (SELECT value FROM each(?)) AND state = 'pending'`;
      if (strays.length > 0) await database.batch([{ sql, args: [now, strays] }]);
      count += strays.length;
      await letOthersRun();
    }
  }
  return count;
}
