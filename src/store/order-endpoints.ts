import { isDeepStrictEqual } from "node:util";
import { carriedSecretErrors } from "../delivery/carried-secrets.js";
import { completeSettings, type EndpointSettings, type Registry } from "../delivery/settings.js";
import { unmaskSettings } from "../delivery/settings-patch.js";
import { type FieldError, InputError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import type { Endpoint, EndpointInput } from "../types.js";

/** What must happen for an order's own endpoints to become another set. */
export interface OrderSetPlan {
  readonly keep: readonly Endpoint[];
  readonly replaced: readonly Endpoint[];
  readonly added: readonly EndpointSettings[];
}

function carried(same: Endpoint, settings: EndpointSettings, input: unknown, registry: Registry, prefix: string) {
  const fields = carriedSecretErrors(same.settings as EndpointSettings, settings, input, registry);
  return fields.map((field) => ({ ...field, path: prefix + field.path }));
}

/**
 * Compares the order's endpoints with the set to be: one with the same name and the same setting stays. Throws
 * InputError with the faulty fields of all inputs; paths begin with `/endpoints/<index>`.
 */
export function planOrderSet(
  own: readonly Endpoint[],
  inputs: readonly EndpointInput[],
  registry: Registry,
): OrderSetPlan {
  const byName = new Map(own.map((endpoint) => [endpoint.name, endpoint]));
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  const keep: Endpoint[] = [];
  const added: EndpointSettings[] = [];
  for (const [index, input] of inputs.entries()) {
    const prefix = `/endpoints/${index}`;
    const same = byName.get(input?.name);
    // What an answer masked may be sent back as it is.
    const whole = same ? unmaskSettings(same.settings as EndpointSettings, input, registry) : input;
    const { settings, fields } = completeSettings(whole, registry, prefix);
    errors.push(...fields);
    if (!settings) continue;
    if (same) errors.push(...carried(same, settings, input, registry, prefix));
    if (seen.has(settings.name)) errors.push(fault(`${prefix}/name`, "name_of_earlier"));
    seen.add(settings.name);
    if (same && isDeepStrictEqual(same.settings, settings)) keep.push(same);
    else added.push(settings);
  }
  if (errors.length > 0) throw InputError.invalid(errors);
  return { keep, added, replaced: own.filter((endpoint) => !keep.includes(endpoint)) };
}
