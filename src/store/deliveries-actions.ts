import { expiryOf } from "../delivery/quiet-hours.js";
import { lanesOf } from "../delivery/shards.js";
import { InputError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import type { Author, Clock, Endpoint } from "../types.js";
import { type Backlog, backlogOf, SUPERSEDED } from "./backlog.js";
import type { ColumnType, Database } from "./database.js";
import { type DeliveryFilter, deliveryScan } from "./delivery-scan.js";
import type { Endpoints } from "./endpoints.js";
import { cancelIds, countPending, PARKED, pendingIds, resumedSince } from "./pending.js";
import { type Bounds, decodeCursor, encodeCursor, letOthersRun, SET, type Stopped, walk } from "./rows.js";

/** Which deliveries: some by id, or all that fit a filter. */
type Selection = { readonly ids: readonly string[] } | { readonly filter: DeliveryFilter };

interface ActionOptions {
  /** Count what would be changed, and change nothing. */
  readonly dryRun?: boolean | undefined;
  /** Of a filter: so many that fit, the newest first; left out: all. */
  readonly limit?: number | undefined;
  /** `next` of the call before. */
  readonly cursor?: string | undefined;
}

interface ActionResult {
  readonly count: number;
  /** The lanes that have something to do now. */
  readonly laneIds: string[];
  /** The cursor of what is left, with `limit`; null: nothing is. */
  readonly next: string | null;
}

/** What becomes of what waits when an endpoint is resumed. */
type ResumeChoice = "sendAll" | "latestPerOrder" | "cancel";

interface ResumeResult extends ActionResult {
  readonly endpoint: Endpoint;
  readonly canceled: number;
  /** The first 10,000 that were canceled. */
  readonly canceledIds: string[];
}

export interface DeliveryActions {
  /**
   * Makes failed, canceled and pending deliveries due now, with a retry schedule and a time to live that begin anew;
   * their attempts stay. A filter without `state` means what has failed. Those of deleted endpoints are left out.
   */
  retry(selection: Selection, options?: ActionOptions): Promise<ActionResult>;
  /** Cancels what is pending. */
  cancel(selection: Selection, options?: ActionOptions): Promise<ActionResult>;
  /** What waits for an endpoint that is at rest, and what the choices of a resume would do with it. */
  backlog(endpoint: Endpoint): Promise<Backlog>;
  /** Makes an endpoint active again, after doing with its pending deliveries as chosen. */
  resume(endpointId: string, choice: ResumeChoice, author?: Author): Promise<ResumeResult>;
}

const LISTED = 10_000;
const BY_HAND = "canceled by hand";

interface Options {
  readonly database: Database;
  readonly endpoints: Pick<Endpoints, "get" | "byIds" | "setState">;
  readonly clock: Clock;
}

/** Deliveries that one call may look at where it has a limit: it answers in time, however few of many fit. */
const LOOKS = 100_000;

/** What one call with a limit goes through. */
export const boundsOf = ({ limit, cursor }: Pick<ActionOptions, "limit" | "cursor">): Bounds =>
  limit === undefined ? {} : { limit, looks: LOOKS, after: cursor && decodeCursor(cursor) };

/** The cursor of what a call has left. */
export const leftOf = (stopped: Stopped | null): string | null => stopped && encodeCursor(stopped.id);

interface Selected {
  readonly sets: AsyncIterable<readonly string[]>;
  left(): string | null;
}

/** The selected ids, in sets small enough for one transaction. */
function selected(database: Database, selection: Selection, options: ActionOptions): Selected {
  if ("ids" in selection) return { sets: inSets(selection.ids), left: () => null };
  const { sets, stopped } = walk(database, deliveryScan(selection.filter), SET, boundsOf(options));
  return { sets, left: () => leftOf(stopped()) };
}

async function* inSets(given: readonly string[]): AsyncGenerator<readonly string[], void> {
  const ids = [...new Set(given)];
  for (let at = 0; at < ids.length; at += SET) {
    if (at > 0) await letOthersRun();
    yield ids.slice(at, at + SET);
  }
}

function withState(selection: Selection, action: "retry" | "cancel"): Selection {
  if (!("filter" in selection)) return selection;
  // Those that were picked are tried in whichever of the allowed states they are.
  if (selection.filter.ids && selection.filter.state === undefined) return selection;
  const allowed = [...(action === "retry" ? ["failed", "canceled", "pending"] : ["pending"]), "undelivered"];
  const { state = action === "retry" ? "failed" : "pending" } = selection.filter;
  if (!allowed.includes(state)) {
    const done = action === "retry" ? "retried" : "canceled";
    throw InputError.invalid([fault("/state", "state_of", { allowed: allowed.join(", "), done })]);
  }
  return { filter: { ...selection.filter, state } };
}

type Candidate = [id: string, laneId: string, endpointId: string];

async function candidates(database: Database, ids: readonly string[], states: readonly string[]) {
  return database.json<Candidate[]>(
    `SELECT json_group_array(json_array(d.id, d.lane_id, d.endpoint_id)) FROM each(?) w
      JOIN deliveries d ON d.id = w.value
      JOIN endpoints e ON e.id = d.endpoint_id AND e.deleted_at IS NULL
      WHERE d.state IN (SELECT value FROM each(?)) AND NOT EXISTS
        (SELECT 1 FROM events v WHERE v.id = d.event_id AND v.payload_forgotten_at IS NOT NULL)`,
    ids,
    states,
  );
}

const RETRY = `WITH r(id, due_at, expires_at, rest_version, now) AS (:table)
  UPDATE deliveries SET state = 'pending', reason = '', step = 0, internal_faults = 0, finished_at = NULL, batch_id = NULL,
  order_free = 1, waits_for = NULL,
  due_at = CASE WHEN r.due_at = ${PARKED} AND ${resumedSince("deliveries.endpoint_id", "r.rest_version")}
    THEN r.now ELSE r.due_at END,
  expires_at = r.expires_at FROM r
  WHERE deliveries.id = r.id AND deliveries.state IN ('failed', 'canceled', 'pending')
  AND NOT EXISTS (SELECT 1 FROM events v WHERE v.id = deliveries.event_id AND v.payload_forgotten_at IS NOT NULL)`;
const RETRY_COLUMNS: readonly ColumnType[] = ["text", "integer", "integer", "integer", "integer"];

async function retry({ database, endpoints, clock }: Options, given: Selection, how: ActionOptions) {
  const lanes = new Set<string>();
  const { sets, left } = selected(database, withState(given, "retry"), how);
  let count = 0;
  for await (const ids of sets) {
    const found = await candidates(database, ids, ["failed", "canceled", "pending"]);
    const owners = await endpoints.byIds(found.map(([, , endpointId]) => endpointId));
    const now = clock.now();
    const table = found.flatMap(([id, , endpointId]) => {
      const endpoint = owners.get(endpointId);
      if (!endpoint) return [];
      const parked = endpoint.origin === "callback" && endpoint.state !== "active";
      return [[id, parked ? PARKED : now, expiryOf(endpoint, now), endpoint.version, now]];
    });
    for (const [, laneId] of found) lanes.add(laneId);
    if (how.dryRun) count += table.length;
    else if (table.length > 0) {
      const [changed] = await database.batchJson([{ sql: RETRY, columns: RETRY_COLUMNS, table }]);
      count += changed as number;
    }
  }
  return { count, laneIds: [...lanes], next: left() };
}

async function cancel({ database, clock }: Options, given: Selection, how: ActionOptions) {
  const lanes = new Set<string>();
  const { sets, left } = selected(database, withState(given, "cancel"), how);
  let count = 0;
  for await (const ids of sets) {
    const found = await candidates(database, ids, ["pending"]);
    for (const [, laneId] of found) lanes.add(laneId);
    count += how.dryRun ? found.length : await cancelIds(database, ids, BY_HAND, clock.now());
  }
  return { count, laneIds: [...lanes], next: left() };
}

/** Cancels what the choice says of what waits for an endpoint; how many go on waiting, and what was canceled. */
async function cancelOnResume({ database, clock }: Options, place: Endpoint, choice: "latestPerOrder" | "cancel") {
  const canceledIds: string[] = [];
  let canceled = 0;
  let count = 0;
  for await (const ids of pendingIds(database, place)) {
    const doomed = choice === "cancel" ? ids : await database.json<string[]>(SUPERSEDED, ids);
    const reason = choice === "cancel" ? "canceled on resume" : "superseded on resume";
    if (doomed.length > 0) canceled += await cancelIds(database, doomed, reason, clock.now());
    canceledIds.push(...doomed.slice(0, LISTED - canceledIds.length));
    count += ids.length - doomed.length;
  }
  return { count, canceled, canceledIds };
}

async function resume(options: Options, id: string, choice: ResumeChoice, author?: Author) {
  const { database, endpoints } = options;
  const current = await endpoints.get(id);
  if (!current) throw InputError.notFound("endpoint", id);
  const waiting =
    choice === "sendAll"
      ? { count: await countPending(database, current), canceled: 0, canceledIds: [] }
      : await cancelOnResume(options, current, choice);
  const note = { deliveries: choice, canceled: waiting.canceled };
  const endpoint = await endpoints.setState(id, "active", "", { author, note });
  return { endpoint, laneIds: lanesOf(endpoint), next: null, ...waiting };
}

/** What people do with deliveries; large selections go through in sets, so that the road never waits for them. */
export function createDeliveryActions(options: Options): DeliveryActions {
  return {
    retry: (selection, how = {}) => retry(options, selection, how),
    cancel: (selection, how = {}) => cancel(options, selection, how),
    backlog: (endpoint) => backlogOf(options.database, endpoint),
    resume: (endpointId, choice, author) => resume(options, endpointId, choice, author),
  };
}
