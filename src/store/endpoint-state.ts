import type { Author, Endpoint, EndpointState } from "../types.js";
import { auditStatements } from "./audit.js";
import type { Statement } from "./database.js";
import { FORGET_FAILURES, restStatement } from "./disabling.js";
import { changed, changing, type Writing } from "./endpoint-writing.js";
import { giveHeldTimeBack, giveTimeBack, park, unpark } from "./pending.js";

/** Lets a lane go on that was held for a fault of the setting, or whose breaker is open: what was changed is tried at once. */
export const RELEASE_LANE = `UPDATE lanes SET alert_at = CASE WHEN held_reason IS NULL THEN alert_at ELSE ?2 END, held_reason = NULL,
  held_at = NULL, open_until = NULL WHERE id = ?1 OR shard_of = ?1`;

export interface StateOptions {
  /** An endpoint that has another one when its turn comes is left alone. */
  readonly version?: number | undefined;
  readonly author?: Author | undefined;
  /** What else the audit log is to say. */
  readonly note?: Readonly<Record<string, unknown>>;
}

/**
 * Makes an endpoint active, paused or disabled. Active again also lets a held lane go on, and gives what waited the time
 * back. One that is disabled already stays so, for the reason that it was. Throws InputError 404.
 */
export function setState(
  writing: Writing,
  id: string,
  state: EndpointState,
  reason: string,
  { version, author, note = {} }: StateOptions = {},
): Promise<Endpoint> {
  return changing(writing, id, async (current) => {
    if (version !== undefined && current.version !== version) return current;
    const { database, clock, tell } = writing;
    const now = clock.now();
    const row = await database.prisma.endpoint.findUnique({ where: { id }, select: { stopped_at: true, state: true } });
    // By its row: one whose secrets do not open only comes out so.
    if (state === "disabled" && row?.state === "disabled") return current;
    const stopped = row?.stopped_at ?? null;
    // First the time, then the state: nothing may expire in between.
    if (state === "active") await giveHeldTimeBack(database, current.laneId, now);
    if (state === "active" && stopped !== null) await giveTimeBack(database, current, Number(stopped), now);
    const before = { state: current.state, stateReason: current.stateReason };
    const after = { state, stateReason: state === "active" ? "" : reason, ...note };
    await database.batch([
      ...stateStatements(current, state, reason, now),
      ...failureStatements(current, state, stopped === null ? null : Number(stopped), now),
      ...auditStatements(author, { customer: current.customer, subject: id, before, after }, now),
    ]);
    const endpoint = await changed(writing, id, current.customer);
    if (current.id === current.laneId) return endpoint;
    if (state !== "active") await park(database, current);
    else {
      // Last: while the endpoint is at rest, what is claimed would only be parked again.
      await unpark(database, current, now);
      tell(endpoint);
    }
    return endpoint;
  });
}

/** A pause is no failure, and what was disabled begins anew once somebody has looked at it. */
function failureStatements(
  { laneId, state: was }: Endpoint,
  state: EndpointState,
  stopped: number | null,
  now: number,
): Statement[] {
  if (state !== "active") return [restStatement(laneId, now, null)];
  if (was === "disabled") return [{ sql: FORGET_FAILURES, args: [laneId, now] }];
  return stopped === null ? [] : [restStatement(laneId, now, stopped)];
}

function stateStatements({ id, laneId }: Endpoint, state: EndpointState, reason: string, now: number): Statement[] {
  const statements: Statement[] = [
    {
      sql: `UPDATE endpoints SET state = ?2, state_reason = ?3, version = version + 1, updated_at = ?4,
        stopped_at = CASE WHEN ?2 = 'active' THEN NULL ELSE coalesce(stopped_at, ?4) END WHERE id = ?1 AND deleted_at IS NULL`,
      args: [id, state, state === "active" ? "" : reason, now],
    },
  ];
  if (state !== "active") return statements;
  return [
    ...statements,
    { sql: RELEASE_LANE, args: [laneId, now] },
    {
      sql: "UPDATE lanes SET disabled_at = NULL, alert_at = ?2 WHERE (id = ?1 OR shard_of = ?1) AND disabled_at IS NOT NULL",
      args: [laneId, now],
    },
  ];
}
