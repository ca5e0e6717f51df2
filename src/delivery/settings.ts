import { createHash } from "node:crypto";
import type { FieldError } from "../errors.js";
import { DEFAULT_GIVE_UP_AFTER, DEFAULT_SCHEDULE, EndpointInput, type QuietTime } from "../schemas/endpoint.js";
import { fault } from "../schemas/rules/rules.js";
import { mapSecrets, SECRET_MASK } from "../schemas/secret.js";
import { compileSchema } from "../schemas/validate.js";
import { parseDuration } from "../time.js";
import type { Transport } from "../transports/transport.js";
import type { Customer, Endpoint, Language, Rate, Status, TemplateSetting } from "../types.js";
import {
  BY_KIND,
  isObject,
  limitErrors,
  pairErrors,
  type Registry,
  successErrors,
  transportOptions,
} from "./settings-check.js";

export { BY_KIND, callbackErrors, callbackTemplateErrors, type Registry } from "./settings-check.js";

/** An endpoint's setting with every default filled in, durations as text, secrets in clear. */
export interface EndpointSettings extends EndpointInput {
  template: Required<TemplateSetting>;
  filter: { statuses: Status[]; statusCodes: string[]; sources: string[] };
  success: { statusCodes: number[]; bodyIncludes: string };
  retry: { schedule: string[]; giveUpAfter: string };
  limits: {
    concurrency: number;
    rate: Rate | null;
    order: "none" | "per-order" | "latest-only";
    overtakeAfter: string;
    batch: { maxEvents: number; maxWait: string };
    quietHours: QuietTime[];
    shards: number;
  };
  timeoutSeconds: number;
  timeZone: string | null;
  /** No language: the customer's. */
  alerts: { emails: string[]; language?: Language };
}

/** `settings` is null exactly when `fields` names what is wrong. */
export type CompletedSettings =
  | { readonly settings: EndpointSettings; readonly fields: readonly [] }
  | { readonly settings: null; readonly fields: readonly FieldError[] };

const DEFAULT_OVERTAKE_AFTER = "1h";

const checkInput = compileSchema(EndpointInput);

function fillIn(input: EndpointInput, kind: Transport["kind"]): EndpointSettings {
  const { filter, success, retry, limits, alerts } = input;
  const defaults = BY_KIND[kind];
  return {
    name: input.name,
    transport: input.transport,
    template: { name: input.template.name, options: input.template.options ?? {} },
    filter: {
      statuses: filter?.statuses ?? [],
      statusCodes: filter?.statusCodes ?? [],
      sources: filter?.sources ?? [],
    },
    success: { statusCodes: success?.statusCodes ?? [], bodyIncludes: success?.bodyIncludes ?? "" },
    retry: {
      schedule: retry?.schedule ?? [...DEFAULT_SCHEDULE],
      giveUpAfter: retry?.giveUpAfter ?? DEFAULT_GIVE_UP_AFTER,
    },
    limits: {
      concurrency: limits?.concurrency ?? defaults.concurrency,
      rate: limits?.rate ?? null,
      order: limits?.order ?? "none",
      overtakeAfter: limits?.overtakeAfter ?? DEFAULT_OVERTAKE_AFTER,
      batch: { maxEvents: limits?.batch?.maxEvents ?? 1, maxWait: limits?.batch?.maxWait ?? "0s" },
      quietHours: limits?.quietHours ?? [],
      shards: limits?.shards ?? 1,
    },
    timeoutSeconds: input.timeoutSeconds ?? defaults.timeoutSeconds,
    timeZone: input.timeZone ?? null,
    alerts: { emails: alerts?.emails ?? [], ...(alerts?.language ? { language: alerts.language } : {}) },
  };
}

/** What waits for an earlier status would be given up before it may go ahead. */
function overtakeErrors(
  { order, overtakeAfter = DEFAULT_OVERTAKE_AFTER }: EndpointInput["limits"] = {},
  giveUpAfterMs: number,
) {
  if (order !== "per-order" || parseDuration(overtakeAfter) < giveUpAfterMs) return [];
  return [fault("/limits/overtakeAfter", "overtake_give_up", { duration: overtakeAfter })];
}

/**
 * Judges a setting as it was posted, and fills its defaults in. Paths of errors begin with `prefix`, such as
 * `/endpoints/0` for a setting inside a larger document.
 */
export function completeSettings(input: unknown, registry: Registry, prefix = ""): CompletedSettings {
  const errors = checkInput(input);
  const sound = (part: string) =>
    isObject(input) && !errors.some(({ path }) => path === part || path.startsWith(`${part}/`));
  const candidate = input as EndpointInput;
  if (sound("/transport") && sound("/template")) {
    errors.push(...pairErrors(candidate, registry));
    if (sound("/success")) errors.push(...successErrors(candidate, registry));
    if (sound("/limits")) errors.push(...limitErrors(candidate, registry));
  }
  if (sound("/retry")) {
    const giveUpAfterMs = parseDuration(candidate.retry?.giveUpAfter ?? DEFAULT_GIVE_UP_AFTER);
    if (giveUpAfterMs === 0) errors.push(fault("/retry/giveUpAfter", "longer_than_zero"));
    // What waits to be sent at all would be given up unsent.
    else if (sound("/limits") && parseDuration(candidate.limits?.batch?.maxWait ?? "0s") >= giveUpAfterMs) {
      errors.push(fault("/limits/batch/maxWait", "shorter_than_give_up"));
    } else if (sound("/limits")) errors.push(...overtakeErrors(candidate.limits, giveUpAfterMs));
  }
  const transport = errors.length === 0 ? registry.transportOf(candidate.transport.type) : undefined;
  if (transport) return { settings: fillIn(candidate, transport.kind), fields: [] };
  return { settings: null, fields: errors.map((error) => ({ ...error, path: prefix + error.path })) };
}

/** The setting of a callback URL of a customer's orders: a POST in the customer's template, all else by default. */
export function callbackSettings(
  { callbackTemplate }: Pick<Customer, "callbackTemplate">,
  url: string,
  registry: Registry,
): EndpointSettings {
  const name = (registry.transportOf("http-post")?.describe({ url }) ?? new URL(url).origin).slice(0, 200);
  return fillIn({ name, transport: { type: "http-post", url }, template: callbackTemplate }, "http");
}

/** The same for two endpoints that reach the same place in the same dialect: transport, address and template in one hash. */
export function targetOf({ transport, template }: Pick<EndpointInput, "transport" | "template">, registry: Registry) {
  const address = registry.transportOf(transport.type)?.address(transportOptions(transport)) ?? "";
  return createHash("sha256")
    .update(JSON.stringify([transport.type, address, template.name]))
    .digest("hex");
}

const DEFAULT_SCHEDULE_MS: readonly number[] = DEFAULT_SCHEDULE.map(parseDuration);

/** Thousands of endpoints have the default: it is kept once. */
function scheduleMs(schedule: readonly string[]): readonly number[] {
  const usual =
    schedule.length === DEFAULT_SCHEDULE.length && schedule.every((text, at) => text === DEFAULT_SCHEDULE[at]);
  return usual ? DEFAULT_SCHEDULE_MS : schedule.map(parseDuration);
}

/** What an endpoint is beside its setting. */
export type EndpointIdentity = Pick<
  Endpoint,
  | "id"
  | "customer"
  | "order"
  | "origin"
  | "laneId"
  | "target"
  | "state"
  | "stateReason"
  | "problem"
  | "version"
  | "createdAt"
  | "updatedAt"
>;

/** Puts a complete setting, its row and its customer's defaults together. */
export function toEndpoint(
  identity: EndpointIdentity,
  settings: EndpointSettings,
  customer: Pick<Customer, "timeZone" | "emails" | "language">,
  defaultTimeZone: string,
): Endpoint {
  const { retry, limits, alerts } = settings;
  return {
    ...identity,
    name: settings.name,
    transport: settings.transport,
    template: settings.template,
    filter: settings.filter,
    success: settings.success,
    retry: { scheduleMs: scheduleMs(retry.schedule), giveUpAfterMs: parseDuration(retry.giveUpAfter) },
    limits: {
      concurrency: limits.concurrency,
      rate: limits.rate,
      batch: { maxEvents: limits.batch.maxEvents, maxWaitMs: parseDuration(limits.batch.maxWait) },
      shards: limits.shards,
      order: limits.order,
      overtakeAfterMs: parseDuration(limits.overtakeAfter),
      quietHours: limits.quietHours,
    },
    timeoutMs: settings.timeoutSeconds * 1000,
    timeZone: settings.timeZone ?? customer.timeZone ?? defaultTimeZone,
    alerts: {
      emails: alerts.emails.length > 0 ? alerts.emails : customer.emails,
      language: alerts.language ?? customer.language,
    },
    settings,
  };
}

type Change = (secret: string, place: string, marked: unknown) => unknown;

/**
 * A copy in which `change` was applied to every secret; its place is dotted, such as `transport.password`. Throws when
 * the transport or the template is unknown: then nobody can tell which fields are secret.
 */
export function mapSettingsSecrets<T extends Pick<EndpointSettings, "transport" | "template">>(
  settings: T,
  registry: Registry,
  change: Change,
): T {
  const transport = registry.transportOf(settings.transport.type);
  const template = registry.templateOf(settings.template.name);
  if (!transport) throw new Error(`There is no transport "${settings.transport.type}" in this version.`);
  if (!template) throw new Error(`There is no template "${settings.template.name}" in this version.`);
  const inside =
    (prefix: string): Change =>
    (text, path, marked) =>
      change(text, `${prefix}.${path}`, marked);
  return {
    ...settings,
    transport: {
      ...mapSecrets(transport.optionsSchema, settings.transport, inside("transport")),
      type: settings.transport.type,
    },
    template: {
      ...settings.template,
      options: mapSecrets(template.optionsSchema, settings.template.options, inside("template.options")),
    },
  };
}

/** A copy in which every secret that is set reads `********`: what the API answers. */
export function maskSettings(settings: EndpointSettings, registry: Registry): EndpointSettings {
  // Of an unknown transport or template nobody can tell which fields are secret: none is shown.
  if (!registry.transportOf(settings.transport.type) || !registry.templateOf(settings.template.name)) {
    return bareSettings(settings);
  }
  return mapSettingsSecrets(settings, registry, () => SECRET_MASK);
}

/** The setting without any option of its transport and template. */
export function bareSettings(settings: EndpointSettings): EndpointSettings {
  return {
    ...settings,
    transport: { type: settings.transport.type },
    template: { name: settings.template.name, options: {} },
  };
}
