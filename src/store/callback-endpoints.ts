import { createHash } from "node:crypto";
import { callbackErrors, callbackSettings, type EndpointSettings } from "../delivery/settings.js";
import { type FieldError, InputError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import type { Customer, Endpoint } from "../types.js";
import type { EndpointReads, EndpointsOptions } from "./endpoint-reads.js";
import { insertStatements, type NewEndpoint } from "./endpoint-rows.js";

const digest = (...parts: readonly string[]) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 26);

/** The id of the endpoint of a callback URL: the same whenever the customer names this URL. */
export const callbackId = (customer: string, url: string): string => `cb_${digest("endpoint", customer, url)}`;

/** The lane that a customer's callback URLs of one origin share: a host that is down is one outage, not one per order. */
const callbackLaneId = (customer: string, origin: string): string => `cb_${digest("lane", customer, origin)}`;

/**
 * The endpoints of a customer's callback URLs, in their order; those that are not there yet are made, in one
 * transaction. Throws InputError for a URL that cannot be sent to.
 */
export async function callbackEndpoints(
  options: EndpointsOptions,
  reads: EndpointReads,
  customer: Customer,
  urls: readonly string[],
): Promise<Endpoint[]> {
  const { database, clock, registry } = options;
  const ids = new Map(urls.map((url) => [url, callbackId(customer.id, url)]));
  const found = await reads.byIds(ids.values());
  const missing = [...ids].filter(([, id]) => !found.has(id));
  if (missing.length > 0) {
    const errors = callbackErrors(urls, registry);
    if (errors.length > 0) throw InputError.invalid(errors);
    const made = missing.map(([url, id]): NewEndpoint => {
      const { origin } = new URL(url);
      const settings = callbackSettings(customer, url, registry);
      const lane = { laneId: callbackLaneId(customer.id, origin), laneLabel: origin };
      return { id, customer: customer.id, order: null, origin: "callback", ...lane, settings };
    });
    await database.batch(insertStatements(made, options, clock.now()));
    for (const [id, endpoint] of await reads.byIds(made.map(({ id }) => id))) found.set(id, endpoint);
  }
  return [...ids.values()].flatMap((id) => found.get(id) ?? []);
}

/** What belongs to the URL and to the customer cannot be changed on the endpoint of a callback URL. */
export function callbackFields(current: Endpoint, next: EndpointSettings) {
  const { transport, template } = current;
  const fields: FieldError[] = [];
  if (next.transport.type !== transport.type) fields.push(fault("/transport/type", "fixed_callback"));
  if (next.transport.url !== transport.url) fields.push(fault("/transport/url", "fixed_callback"));
  if (JSON.stringify(next.template) !== JSON.stringify(template)) {
    fields.push(fault("/template", "fixed_template"));
  }
  return fields;
}
