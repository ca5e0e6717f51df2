import { InputError } from "../errors.js";
import { refusal } from "../schemas/rules/rules.js";
import type { Database } from "./database.js";

/** Each status goes to all that match: without a bound one customer's key could make every event a million deliveries. */
const MOST_OF_CUSTOMER = 1_000;
/** Of the settings of all of them, as they are stored: what matches a customer's event is looked for among all of them. */
const MOST_MIB = 16;

async function endpointsOf(database: Database, customer: string, but: string): Promise<[number, number]> {
  const sql = `SELECT json_array(count(*), coalesce(sum(length(settings)), 0)) FROM endpoints
    WHERE customer_id = ?1 AND order_number IS NULL AND origin = 'api' AND deleted_at IS NULL AND id <> ?2`;
  return database.json<[number, number]>(sql, customer, but);
}

function requireBytes(bytes: number): void {
  if (bytes > MOST_MIB * 1024 * 1024) throw InputError.conflict(refusal("most_settings", { limit: MOST_MIB }));
}

/** Throws InputError (409) where a customer has no room for one more endpoint of so many bytes of settings. */
export async function requireRoom(database: Database, customer: string, bytes: number): Promise<void> {
  const [count, others] = await endpointsOf(database, customer, "");
  if (count >= MOST_OF_CUSTOMER) throw InputError.conflict(refusal("most_endpoints", { limit: MOST_OF_CUSTOMER }));
  requireBytes(others + bytes);
}

/** Throws InputError (409) where the settings of one of a customer's endpoints grow, from `held` to `bytes`, beyond the room. */
export async function requireGrowth(
  database: Database,
  { customer, id }: { readonly customer: string; readonly id: string },
  [held, bytes]: readonly [number, number],
): Promise<void> {
  if (bytes <= held) return;
  const [, others] = await endpointsOf(database, customer, id);
  requireBytes(others + bytes);
}
