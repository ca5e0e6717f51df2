import type { ColumnType, SqlValue, TableStatement } from "./database.js";
import type { LaneChange } from "./records.js";

/** SQL that is true while the endpoint has the version that was sent by: its change may be committed, and not be known yet. */
const stillThat = (endpointId: string, version: string): string =>
  `(${version} IS NULL OR EXISTS (SELECT 1 FROM endpoints sent WHERE sent.id = ${endpointId} AND sent.version = ${version}))`;

// The alerts look at a lane when an outage begins, when the receiver has said no three times in a row, when sends
// succeed again (the first and the third time, and after it was announced that the endpoint will be disabled), and when
// something was given up, held or disabled.
const UPDATE_LANES = `WITH g(id, at, connections, responses, successes, last_good, fault, code, text, held_reason, held_until,
    open_set, open_until, gave_up, disabled, held_endpoint, held_version, disabled_endpoint, disabled_version, fence,
    in_a_row, good) AS (:table)
  UPDATE lanes SET
  alert_at = CASE WHEN (c.connections > 0 AND lanes.failures = 0)
      OR (c.responses > 0 AND lanes.response_failures < 3 AND lanes.response_failures + c.responses >= 3)
      OR (lanes.failing_since IS NOT NULL AND c.successes > 0
        AND (lanes.successes = 0 OR (lanes.successes < 3 AND lanes.successes + c.successes >= 3)))
      OR c.gave_up = 1 OR c.disabled = 1 OR (c.good = 1 AND lanes.disables_at IS NOT NULL) OR (c.held_reason IS NOT NULL AND lanes.held_reason IS NULL)
    THEN c.at ELSE lanes.alert_at END,
  failures = CASE WHEN c.good = 1 THEN c.in_a_row ELSE lanes.failures + c.in_a_row END,
  response_failures = CASE WHEN c.last_good = 1 THEN 0 ELSE lanes.response_failures + c.responses END,
  successes = CASE WHEN c.connections + c.responses > 0 THEN c.last_good * c.successes
    WHEN lanes.failing_since IS NULL THEN 0 ELSE lanes.successes + c.successes END,
  succeeding_since = CASE WHEN c.connections + c.responses > 0 THEN CASE WHEN c.last_good = 1 THEN c.at END
    WHEN lanes.failing_since IS NULL THEN NULL
    WHEN c.successes > 0 AND lanes.successes = 0 THEN c.at ELSE lanes.succeeding_since END,
  failing_since = CASE WHEN c.connections + c.responses > 0 THEN coalesce(lanes.failing_since, c.at) ELSE lanes.failing_since END,
  failure_fault = coalesce(c.fault, lanes.failure_fault), failure_code = coalesce(c.code, lanes.failure_code),
  failure_text = coalesce(c.text, lanes.failure_text),
  last_failure_at = CASE WHEN c.fault IS NULL THEN lanes.last_failure_at ELSE c.at END,
  connect_failed_at = CASE WHEN c.connections > 0 THEN c.at ELSE lanes.connect_failed_at END,
  last_success_at = CASE WHEN c.successes > 0 THEN c.at ELSE lanes.last_success_at END,
  held_reason = coalesce(c.held_reason, lanes.held_reason),
  held_at = CASE WHEN c.held_reason IS NOT NULL AND lanes.held_reason IS NULL THEN c.at ELSE lanes.held_at END,
  held_until = coalesce(c.held_until, lanes.held_until),
  open_until = CASE WHEN c.open_set = 1 THEN c.open_until ELSE lanes.open_until END,
  given_up_at = CASE WHEN c.gave_up = 1 THEN c.at ELSE lanes.given_up_at END,
  disabled_at = CASE WHEN c.disabled = 1 THEN c.at ELSE lanes.disabled_at END,
  only_failed_since = CASE WHEN c.last_good = 1 THEN NULL WHEN c.connections + c.responses = 0 THEN lanes.only_failed_since
    WHEN c.good = 1 THEN c.at ELSE coalesce(lanes.only_failed_since, c.at) END,
  only_failed_until = CASE WHEN c.last_good = 1 THEN NULL WHEN c.connections + c.responses = 0 THEN lanes.only_failed_until
    ELSE c.at END,
  disables_at = CASE WHEN c.good = 1 THEN NULL ELSE lanes.disables_at END
  FROM (SELECT g.id, g.at, g.connections, g.responses, g.successes, g.last_good, g.fault, g.code, g.text,
    CASE WHEN ${stillThat("g.held_endpoint", "g.held_version")} THEN g.held_reason END AS held_reason,
    g.held_until, g.open_set, g.open_until, g.gave_up,
    CASE WHEN g.disabled = 1 AND ${stillThat("g.disabled_endpoint", "g.disabled_version")} THEN 1 ELSE 0 END AS disabled,
    g.fence, g.in_a_row, g.good FROM g) c
  WHERE lanes.id = c.id AND (c.fence IS NULL OR EXISTS
    (SELECT 1 FROM leases WHERE leases.name = lanes.id AND leases.fence = c.fence))`;
const LANE_COLUMNS: readonly ColumnType[] = [
  ...(["text", "integer", "integer", "integer", "integer", "integer", "text", "text", "text", "text"] as const),
  ...([
    "integer",
    "integer",
    "integer",
    "integer",
    "integer",
    "text",
    "integer",
    "text",
    "integer",
    "integer",
    "integer",
    "integer",
  ] as const),
];

export type OwnedChange = LaneChange & { readonly endpointId: string };

/** Adds the changes of one lane up, in their order, to one row of `UPDATE_LANES`. */
function laneValues(laneId: string, changes: readonly OwnedChange[]): SqlValue[] {
  let connections = 0;
  let inARow = 0;
  let good = 0;
  let responses = 0;
  let successes = 0;
  let lastGood = 0;
  let failure: LaneChange | undefined;
  let held: OwnedChange | undefined;
  let open: LaneChange | undefined;
  let heldUntil: number | null = null;
  for (const change of changes) {
    if (change.kind === "success") successes++;
    else if (change.kind === "connection") connections++;
    else if (change.kind === "response") responses++;
    if (change.kind === "connection") inARow++;
    if (change.kind === "success") {
      lastGood = 1;
      good = 1;
      inARow = 0;
    } else if (change.kind !== "none") {
      lastGood = 0;
      successes = 0;
    }
    if (change.fault) failure = change;
    if (change.heldReason !== undefined) held = change;
    if (change.heldUntil !== undefined) heldUntil = Math.max(heldUntil ?? 0, change.heldUntil);
    if (change.openUntil !== undefined) open = change;
  }
  const disabled = changes.findLast((change) => change.disabled);
  return [
    laneId,
    Math.max(...changes.map(({ at }) => at)),
    connections,
    responses,
    successes,
    lastGood,
    failure?.fault ?? null,
    failure?.code ?? null,
    failure?.text ?? null,
    held?.heldReason ?? null,
    heldUntil,
    open ? 1 : 0,
    open?.openUntil ?? null,
    changes.some(({ gaveUp }) => gaveUp) ? 1 : 0,
    disabled ? 1 : 0,
    held?.endpointId ?? null,
    held?.version ?? null,
    disabled?.endpointId ?? null,
    disabled?.version ?? null,
    changes.at(-1)?.fence ?? null,
    inARow,
    good,
  ];
}

/** The statement that changes the lanes, each by what is told of it in its order. */
export function laneChanges(lanes: ReadonlyMap<string, readonly OwnedChange[]>): TableStatement {
  // In one order, so that two commits that tell of the same lanes wait for each other in the same order.
  const sorted = [...lanes].sort(([a], [b]) => (a < b ? -1 : 1));
  const table = sorted.map(([laneId, changes]) => laneValues(laneId, changes));
  return { sql: UPDATE_LANES, columns: LANE_COLUMNS, table };
}
