import { carriedSecretErrors } from "../delivery/carried-secrets.js";
import { completeSettings, type EndpointSettings, targetOf, toEndpoint } from "../delivery/settings.js";
import { mergePatch } from "../delivery/settings-patch.js";
import { InputError } from "../errors.js";
import type { Customer, Endpoint, EndpointInput, EndpointPatch } from "../types.js";
import type { EndpointReads, EndpointsOptions } from "./endpoint-reads.js";

const DRAFT = "ep_draft";

/** A setting with its defaults. Throws InputError 422 that names its faulty fields, behind `prefix`. */
export function judged(input: unknown, { registry }: EndpointsOptions, prefix = ""): EndpointSettings {
  const { settings, fields } = completeSettings(input, registry, prefix);
  if (!settings) throw InputError.invalid(fields);
  return settings;
}

/** `current` with a patch applied. Throws InputError 422 that names what is faulty, or must be given again. */
export function patched(current: EndpointSettings, changes: unknown, options: EndpointsOptions): EndpointSettings {
  const settings = judged(mergePatch(current, changes, options.registry), options);
  const fields = carriedSecretErrors(current, settings, changes, options.registry);
  if (fields.length > 0) throw InputError.invalid(fields);
  return settings;
}

/** Throws InputError 404. */
export async function existing({ customers }: EndpointsOptions, id: string): Promise<Customer> {
  const customer = await customers.get(id);
  if (!customer) throw InputError.notFound("customer", id);
  return customer;
}

/** An endpoint that is not kept. `basedOn`: of which endpoint of the customer `input` is a patch. Throws InputError. */
export async function draftOf(
  options: EndpointsOptions,
  { get }: Pick<EndpointReads, "get">,
  id: string,
  input: EndpointInput | EndpointPatch,
  basedOn?: string,
): Promise<Endpoint> {
  const customer = await existing(options, id);
  const base = basedOn === undefined ? null : await get(basedOn);
  // Its secrets would serve: nobody may try out what is another customer's.
  if (basedOn !== undefined && base?.customer !== id) throw InputError.notFound("endpoint", basedOn);
  const settings = base ? patched(base.settings as EndpointSettings, input, options) : judged(input, options);
  const now = options.clock.now();
  const times = { version: 1, createdAt: now, updatedAt: now };
  const identity = { id: DRAFT, customer: id, order: null, origin: "api", laneId: DRAFT, ...times } as const;
  const state = { state: "active", stateReason: "", target: targetOf(settings, options.registry) } as const;
  return toEndpoint({ ...identity, ...state }, settings, customer, options.defaultTimeZone);
}
