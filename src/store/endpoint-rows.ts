import {
  bareSettings,
  type EndpointSettings,
  mapSettingsSecrets,
  type Registry,
  targetOf,
  toEndpoint,
} from "../delivery/settings.js";
import { shardLanes } from "../delivery/shards.js";
import { InputError, UniqueError } from "../errors.js";
import { fault, refusal } from "../schemas/rules/rules.js";
import { SECRET_MASK } from "../schemas/secret.js";
import type { Customer, Endpoint } from "../types.js";
import type { ColumnType, Statement } from "./database.js";
import type { Secrets } from "./secrets.js";

/** What turns rows into endpoints and back. */
export interface EndpointCodec {
  readonly registry: Registry;
  readonly secrets: Secrets;
  readonly defaultTimeZone: string;
}

export interface EndpointRow {
  readonly id: string;
  readonly customer_id: string;
  readonly order_number: string | null;
  readonly origin: Endpoint["origin"];
  readonly lane_id: string;
  readonly state: Endpoint["state"];
  readonly state_reason: string;
  readonly target: string;
  readonly settings: string;
  readonly version: number;
  readonly created_at: number;
  readonly updated_at: number;
}

/** JSON of the row `e`, as `EndpointRow`. */
export const ENDPOINT_JSON = `json_object('id', e.id, 'customer_id', e.customer_id, 'order_number', e.order_number,
  'origin', e.origin, 'lane_id', e.lane_id, 'state', e.state, 'state_reason', e.state_reason, 'target', e.target,
  'settings', e.settings, 'version', e.version, 'created_at', e.created_at, 'updated_at', e.updated_at)`;

/** The template of a callback URL is the customer's: of its options, and their secrets, no copy is kept or read. */
const withoutCopy = (origin: Endpoint["origin"], settings: EndpointSettings): EndpointSettings =>
  origin === "api" ? settings : { ...settings, template: { name: settings.template.name, options: {} } };

/** The settings as JSON with every secret encrypted, bound to this endpoint and field. */
export function sealSettings(
  { id, origin }: Pick<Endpoint, "id" | "origin">,
  settings: EndpointSettings,
  { registry, secrets }: EndpointCodec,
): string {
  const sealed = mapSettingsSecrets(withoutCopy(origin, settings), registry, (text, place) =>
    secrets.encrypt(text, `endpoints/${id}/${place}`),
  );
  return JSON.stringify(sealed);
}

/**
 * The settings with their secrets in clear. Where one cannot be read its mask stands, which no change can be saved with;
 * where nobody can tell which are secret there is no option at all; `problem` says why.
 */
function openSettings(id: string, stored: EndpointSettings, { registry, secrets }: EndpointCodec) {
  let problem: string | null = null;
  try {
    const settings = mapSettingsSecrets(stored, registry, (text, place) => {
      try {
        return secrets.decrypt(text, `endpoints/${id}/${place}`);
      } catch (error) {
        problem ??= (error as Error).message;
        return SECRET_MASK;
      }
    });
    return { settings, problem };
  } catch (error) {
    return { settings: bareSettings(stored), problem: (error as Error).message };
  }
}

/**
 * The endpoint of a row. One whose secrets do not open, or whose transport or template is unknown, comes out disabled
 * with the reason: its deliveries wait, and the other endpoints are not held up.
 */
export function decodeEndpoint(row: EndpointRow, customer: Customer, codec: EndpointCodec): Endpoint {
  const { settings: opened, problem: own } = openSettings(
    row.id,
    withoutCopy(row.origin, JSON.parse(row.settings)),
    codec,
  );
  const callback = row.origin === "callback";
  const problem = own ?? (callback ? (customer.callbackProblem ?? null) : null);
  const template = { name: customer.callbackTemplate.name, options: customer.callbackTemplate.options ?? {} };
  const settings = callback ? { ...opened, template } : opened;
  const identity = {
    id: row.id,
    customer: row.customer_id,
    order: row.order_number,
    origin: row.origin,
    laneId: row.lane_id,
    target: callback && problem === null ? targetOf(settings, codec.registry) : row.target,
    state: problem === null ? row.state : ("disabled" as const),
    stateReason: problem ?? row.state_reason,
    ...(problem === null ? {} : { problem }),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
  return toEndpoint(identity, settings, customer, codec.defaultTimeZone);
}

/** An endpoint that is not in the database yet. */
export interface NewEndpoint {
  readonly id: string;
  readonly customer: string;
  readonly order: string | null;
  readonly origin: Endpoint["origin"];
  readonly laneId: string;
  readonly laneLabel: string;
  readonly settings: EndpointSettings;
}

const INSERT_LANES = `WITH r(id, customer, label, shard_of) AS (:table) INSERT INTO lanes (id, customer_id, label, shard_of)
  SELECT id, customer, label, shard_of FROM r WHERE true ON CONFLICT (id) DO NOTHING`;

/** The statement that makes the lanes of an endpoint that are not there yet. */
export function laneStatement(
  endpoints: readonly Pick<NewEndpoint, "laneId" | "customer" | "laneLabel" | "settings">[],
) {
  const table = endpoints.flatMap(({ laneId, customer, laneLabel, settings }) =>
    shardLanes(laneId, settings.limits.shards).map((id) => [id, customer, laneLabel, id === laneId ? null : laneId]),
  );
  return { sql: INSERT_LANES, columns: ["text", "text", "text", "text"], table } satisfies Statement;
}

// A customer may have been deleted since it was looked up, and waits here while somebody is at it.
const THERE_STILL = "EXISTS (SELECT 1 FROM customers WHERE customers.id = r.customer FOR SHARE)";

// The same callback URL may come again after its endpoint was deleted: it is asked for again.
const INSERT_ENDPOINTS = `WITH r(id, customer, order_number, origin, lane, name, target, settings, at) AS (:table)
  INSERT INTO endpoints (id, customer_id, order_number, origin, lane_id, name, state, state_reason, target, settings,
  version, created_at, updated_at)
  SELECT r.id, r.customer, r.order_number, r.origin, r.lane, r.name, 'active', '', r.target, r.settings, 1, r.at, r.at
  FROM r WHERE ${THERE_STILL}
  ON CONFLICT (id) DO UPDATE SET deleted_at = NULL, state = 'active', state_reason = '', stopped_at = NULL,
  settings = excluded.settings, target = excluded.target, version = endpoints.version + 1, updated_at = excluded.updated_at
  WHERE endpoints.deleted_at IS NOT NULL`;
const ENDPOINT_COLUMNS: readonly ColumnType[] = [
  ...(["text", "text", "text", "text", "text", "text", "text", "text"] as const),
  "integer",
];

/** The statements that write endpoints together with their lanes. */
export function insertStatements(endpoints: readonly NewEndpoint[], codec: EndpointCodec, now: number): Statement[] {
  if (endpoints.length === 0) return [];
  const rows = endpoints.map(({ id, customer, order, origin, laneId, settings }) => {
    const sealed = sealSettings({ id, origin }, settings, codec);
    return [id, customer, order, origin, laneId, settings.name, targetOf(settings, codec.registry), sealed, now];
  });
  return [laneStatement(endpoints), { sql: INSERT_ENDPOINTS, columns: ENDPOINT_COLUMNS, table: rows }];
}

/** Turns the database's refusal of a name that is taken into the answer for who gave it. */
export function nameConflict(error: unknown, name: string, order: string | null): unknown {
  if (!(error instanceof UniqueError)) return error;
  const told = order === null ? refusal("name_of_customer", { name }) : refusal("name_of_order", { order, name });
  return InputError.conflict(told, [fault("/name", "name_taken")]);
}
