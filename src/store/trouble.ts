import { type Fault, InputError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import type { Database } from "./database.js";
import { PARKED } from "./pending.js";
import { type Page, type PageRequest, pageLimit } from "./rows.js";

/** What is wrong with an endpoint, the worst first. */
export const TROUBLES = ["held", "failing", "askedToWait", "gaveUp", "disabled", "paused"] as const;
export type TroubleKind = (typeof TROUBLES)[number];

/** An endpoint in trouble, or the callback URLs of a customer at one origin; times are epoch ms. */
export interface Trouble {
  readonly customer: string;
  /** null: callback URLs, which share a lane. */
  readonly endpoint: string | null;
  /** Of the endpoint; of callback URLs their origin. */
  readonly name: string;
  readonly kind: TroubleKind;
  readonly since: number;
  /** Of the last failure. */
  readonly fault: Fault | null;
  readonly code: string;
  readonly text: string;
  /** Of what is disabled or paused: why, as it was recorded. */
  readonly reason: string;
  /** Deliveries that wait, at most `MOST_SHOWN` and one more. */
  readonly waiting: number;
  /** Deliveries that were given up within a day, counted likewise. */
  readonly givenUp: number;
  /** When something is sent again; null: not before somebody has done something about it, or nothing waits. */
  readonly nextTry: number | null;
}

export type TroubleCounts = Readonly<Record<TroubleKind, number>>;

/** What waits for an endpoint is counted so far. */
export const MOST_SHOWN = 1000;
/** A delivery that was given up so long ago is none of today's troubles. */
const LATELY_MS = 24 * 3_600_000;

export interface TroubleRequest extends PageRequest {
  /** null: of all customers. */
  readonly customer: string | null;
  readonly now: number;
}

/** As the partial index has it, word by word: a planner that does not find it there reads every lane. */
const SICK =
  "(failing_since IS NOT NULL OR held_reason IS NOT NULL OR held_until IS NOT NULL OR given_up_at IS NOT NULL)";
const STOPPED = "state <> 'active' AND deleted_at IS NULL";

/** SQL that is true when something waits in the lane or a shard of it. */
const waits = (lane: string, more = "") => `EXISTS (SELECT 1 FROM deliveries d WHERE d.state = 'pending' ${more}
  AND d.lane_id IN (SELECT id FROM lanes WHERE id = ${lane} OR shard_of = ${lane}))`;

/**
 * The lanes in trouble, one row each with its shards, as the table `troubled`: found by what is wrong, however many are
 * well. `?1`: now, `?2`: since when what was given up counts, `?3`: the customer.
 */
const troubled = (ofOne: boolean) => `WITH sick AS (
    SELECT id, coalesce(shard_of, id) AS whole, customer_id, CASE
        WHEN held_reason IS NOT NULL THEN 0 WHEN open_until IS NOT NULL THEN 1 WHEN held_until > ?1 THEN 2
        WHEN failing_since IS NOT NULL THEN 1 WHEN given_up_at > ?2 THEN 3 ELSE 9 END AS rank,
      coalesce(CASE WHEN held_reason IS NOT NULL THEN held_at END, failing_since,
        CASE WHEN held_until > ?1 THEN last_failure_at END, given_up_at, 0) AS since
    FROM lanes INDEXED BY lanes_trouble WHERE ${SICK} ${ofOne ? "AND customer_id = ?3" : "AND CAST(?3 AS text) IS NULL"}),
  worst AS (SELECT *, row_number() OVER (PARTITION BY whole ORDER BY rank, since, id) AS place FROM sick WHERE rank < 9),
  stopped AS (SELECT id, lane_id, customer_id, state, origin, stopped_at FROM endpoints
    WHERE ${STOPPED} ${ofOne ? "AND customer_id = ?3" : ""}),
  troubled AS MATERIALIZED (
    SELECT w.rank AS rank, w.since AS since, w.whole AS id, w.customer_id AS customer, w.id AS lane,
      w.whole AS whole, e.id AS endpoint
    FROM worst w LEFT JOIN endpoints e ON e.id = w.whole AND e.deleted_at IS NULL
    WHERE w.place = 1 AND EXISTS (SELECT 1 FROM endpoints a WHERE a.lane_id = w.whole AND a.state = 'active'
      AND a.deleted_at IS NULL)
    UNION ALL
    SELECT CASE WHEN s.state = 'disabled' THEN 4 ELSE 5 END, coalesce(s.stopped_at, 0), s.id, s.customer_id, s.lane_id,
      s.lane_id, s.id
    FROM stopped s WHERE s.state = 'disabled' OR (s.id = s.lane_id AND ${waits("s.lane_id")})
      OR (s.id <> s.lane_id AND ${waits("s.lane_id", `AND d.due_at = ${PARKED}`)}))`;

const inLanes = "IN (SELECT id FROM lanes WHERE id = t.whole OR shard_of = t.whole)";
const upTo = MOST_SHOWN + 1;

const ITEM = `json_object('rank', t.rank, 'since', t.since, 'id', t.id, 'customer', t.customer, 'endpoint', t.endpoint,
  'name', coalesce((SELECT name FROM endpoints WHERE id = t.endpoint), (SELECT label FROM lanes WHERE id = t.whole), ''),
  'lane', (SELECT json_array(failure_fault, failure_code, failure_text, held_reason, held_until, open_until)
    FROM lanes WHERE id = t.lane),
  'reason', CASE WHEN t.rank < 4 THEN '' ELSE (SELECT state_reason FROM endpoints WHERE id = t.endpoint) END,
  'due', (SELECT min(d.due_at) FROM deliveries d WHERE d.state = 'pending' AND d.lane_id ${inLanes}),
  'waiting', (SELECT count(*) FROM (SELECT 1 FROM deliveries d WHERE d.state = 'pending' AND d.lane_id ${inLanes}
    LIMIT ${upTo}) AS waiting),
  'givenUp', (SELECT count(*) FROM (SELECT 1 FROM deliveries d WHERE d.state = 'failed' AND d.lane_id ${inLanes}
    AND d.finished_at > ?2 LIMIT ${upTo}) AS gone))`;

/** Both in one look, so that they agree. */
export const troubleSql = (ofOne: boolean) => `${troubled(ofOne)}
  SELECT json_object('counts', (SELECT json_group_array(json_array(rank, n)) FROM
      (SELECT rank, count(*) AS n FROM troubled GROUP BY rank) AS each_rank),
    'items', (SELECT json_group_array(${ITEM}) FROM (SELECT * FROM troubled
      WHERE (rank, since, id) > (?4, ?5, ?6) ORDER BY rank, since, id LIMIT ?7) AS t))`;

interface Item {
  readonly rank: number;
  readonly since: number;
  readonly id: string;
  readonly customer: string;
  readonly endpoint: string | null;
  readonly name: string;
  readonly lane:
    | readonly [Fault | null, string | null, string | null, string | null, number | null, number | null]
    | null;
  readonly reason: string;
  readonly due: number | null;
  readonly waiting: number;
  readonly givenUp: number;
}

type Place = readonly [rank: number, since: number, id: string];

const encode = (place: Place): string => Buffer.from(JSON.stringify(place)).toString("base64url");

function decode(cursor: string): Place {
  try {
    const found: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (Array.isArray(found) && found.length === 3) {
      const [rank, since, id] = found as unknown[];
      if (Number.isSafeInteger(rank) && Number.isSafeInteger(since) && typeof id === "string")
        return [rank as number, since as number, id];
    }
  } catch {
    // Said below.
  }
  throw InputError.invalid([fault("/cursor", "cursor")]);
}

function nextTryOf(kind: TroubleKind, { lane, due }: Item): number | null {
  if (kind === "held" || kind === "disabled" || kind === "paused" || due === null || due === PARKED) return null;
  const [, , , , heldUntil, openUntil] = lane ?? [];
  return Math.max(due, heldUntil ?? 0, openUntil ?? 0);
}

function toTrouble(item: Item): Trouble {
  const kind = TROUBLES[item.rank] ?? "failing";
  const [fault = null, code = null, text = null, heldReason = null] = item.lane ?? [];
  const { customer, endpoint, name, since, reason, waiting, givenUp } = item;
  const failure =
    kind === "paused"
      ? { fault: null, code: "", text: "" }
      : { fault, code: code ?? "", text: (kind === "held" ? heldReason : null) ?? text ?? "" };
  return {
    customer,
    endpoint,
    name,
    kind,
    since,
    ...failure,
    reason,
    waiting,
    givenUp,
    nextTry: nextTryOf(kind, item),
  };
}

/** The endpoints in trouble, the worst first and of those the longest, and how many have which. */
export async function readTrouble(
  database: Database,
  { customer, now, limit, cursor }: TroubleRequest,
): Promise<Page<Trouble> & { readonly counts: TroubleCounts }> {
  const most = pageLimit(limit);
  const place = cursor === undefined ? ([-1, 0, ""] as const) : decode(cursor);
  const { counts, items } = await database.json<{ counts: [number, number][]; items: Item[] }>(
    troubleSql(customer !== null),
    now,
    now - LATELY_MS,
    customer,
    ...place,
    most + 1,
  );
  const shown = items.slice(0, most);
  const last = shown.at(-1);
  const found = new Map(counts.map(([rank, count]) => [TROUBLES[rank], count]));
  const countOf = (kind: TroubleKind) => found.get(kind) ?? 0;
  return {
    counts: {
      held: countOf("held"),
      failing: countOf("failing"),
      askedToWait: countOf("askedToWait"),
      gaveUp: countOf("gaveUp"),
      disabled: countOf("disabled"),
      paused: countOf("paused"),
    },
    items: shown.map(toTrouble),
    next: items.length > most && last ? encode([last.rank, last.since, last.id]) : null,
  };
}

/** So many of one customer's are counted. */
export const MOST_OF_CUSTOMER = 10_000;

const most = MOST_OF_CUSTOMER + 1;
/** What is being sent is little: of all customers it is less than what one has had. */
export const OF_CUSTOMER = `SELECT json_array(
  (SELECT count(*) FROM (SELECT 1 FROM lanes l JOIN deliveries d ON d.lane_id = l.id AND d.state = 'pending'
    WHERE l.customer_id = ?1 LIMIT ${most}) AS waiting),
  (SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_claimed
    WHERE state = 'sending' AND customer_id = ?1 LIMIT ${most}) AS sent))`;

/** How many deliveries of a customer wait, and how many are being sent, at most `MOST_OF_CUSTOMER` and one more of each. */
export const countOfCustomer = (database: Database, customer: string): Promise<[number, number]> =>
  database.json<[number, number]>(OF_CUSTOMER, customer);

/** How many deliveries are being sent: as many as processes have claimed. */
export const countSending = (database: Database): Promise<number> =>
  database.json<number>("SELECT count(*) FROM deliveries WHERE state = 'sending'");
