import { createHash } from "node:crypto";
import type { TSchema } from "typebox";
import type { FieldError } from "../errors.js";
import { DEFAULT_GIVE_UP_AFTER, DEFAULT_SCHEDULE, EndpointInput } from "../schemas/endpoint.js";
import { mapSecrets, SECRET_MASK } from "../schemas/secret.js";
import { compileSchema } from "../schemas/validate.js";
import { parseDuration } from "../time.js";
import type { Transport } from "../transports/transport.js";
import type { Customer, Endpoint, Language, Rate, Status, TemplateSetting } from "../types.js";
import { isObject, limitErrors, pairErrors, type Registry, transportOptions } from "./settings-check.js";

export { callbackErrors, callbackTemplateErrors, type Registry } from "./settings-check.js";

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
    quietHours: unknown[];
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

/** What `concurrency` and `timeoutSeconds` are where the setting leaves them out. */
const BY_KIND = {
  http: { concurrency: 8, timeoutSeconds: 15 },
  file: { concurrency: 1, timeoutSeconds: 60 },
} as const;

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
      overtakeAfter: limits?.overtakeAfter ?? "1h",
      batch: { maxEvents: limits?.batch?.maxEvents ?? 1, maxWait: limits?.batch?.maxWait ?? "0s" },
      quietHours: limits?.quietHours ?? [],
      shards: limits?.shards ?? 1,
    },
    timeoutSeconds: input.timeoutSeconds ?? defaults.timeoutSeconds,
    timeZone: input.timeZone ?? null,
    alerts: { emails: alerts?.emails ?? [], ...(alerts?.language ? { language: alerts.language } : {}) },
  };
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
    if (sound("/limits")) errors.push(...limitErrors(candidate, registry));
  }
  if (sound("/retry") && parseDuration(candidate.retry?.giveUpAfter ?? DEFAULT_GIVE_UP_AFTER) === 0) {
    errors.push({ path: "/retry/giveUpAfter", message: "must be longer than 0" });
  }
  const transport = errors.length === 0 ? registry.transportOf(candidate.transport.type) : undefined;
  if (transport) return { settings: fillIn(candidate, transport.kind), fields: [] };
  return { settings: null, fields: errors.map(({ path, message }) => ({ path: prefix + path, message })) };
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
    limits: { concurrency: limits.concurrency, rate: limits.rate },
    timeoutMs: settings.timeoutSeconds * 1000,
    timeZone: settings.timeZone ?? customer.timeZone ?? defaultTimeZone,
    alerts: {
      emails: alerts.emails.length > 0 ? alerts.emails : customer.emails,
      language: alerts.language ?? customer.language,
    },
    settings,
  };
}

type Change = (secret: string, place: string) => unknown;

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
    (text, path) =>
      change(text, `${prefix}.${path}`);
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

/** Puts the secrets that are set in the place of the masks that were sent back for them. */
function unmask(schema: TSchema | undefined, current: Record<string, unknown>, sent: Record<string, unknown>) {
  if (!schema) return sent;
  const secrets = new Map<string, string>();
  mapSecrets(schema, current, (text, path) => {
    secrets.set(path, text);
    return text;
  });
  return mapSecrets(schema, sent, (text, path) => (text === SECRET_MASK ? (secrets.get(path) ?? text) : text));
}

/** `changes` over `current`, where null takes a member away. */
function mergeOptions(current: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...current, ...changes }).filter(([, value]) => value !== null));
}

function mergeTransport(current: EndpointSettings["transport"], patch: Record<string, unknown>, registry: Registry) {
  const { type = current.type } = patch;
  if (type !== current.type) return patch;
  const schema = registry.transportOf(current.type)?.optionsSchema;
  return { ...mergeOptions(current, unmask(schema, current, patch)), type };
}

function mergeTemplate(current: EndpointSettings["template"], patch: Record<string, unknown>, registry: Registry) {
  const { name = current.name, options = {} } = patch;
  if (name !== current.name || !isObject(options)) return patch;
  const schema = registry.templateOf(current.name)?.optionsSchema;
  return { ...patch, name, options: mergeOptions(current.options, unmask(schema, current.options, options)) };
}

/** Leaves out what was only the default of the old kind of transport, so that the new kind's serves. */
function forgetKindDefaults(merged: Record<string, unknown>, current: EndpointSettings, registry: Registry): void {
  const before = registry.transportOf(current.transport.type)?.kind;
  const type = isObject(merged.transport) ? merged.transport.type : undefined;
  const after = typeof type === "string" ? registry.transportOf(type)?.kind : undefined;
  if (!before || !after || before === after) return;
  const defaults = BY_KIND[before];
  if (merged.timeoutSeconds === defaults.timeoutSeconds) delete merged.timeoutSeconds;
  if (isObject(merged.limits) && merged.limits.concurrency === defaults.concurrency) {
    const { concurrency: _default, ...limits } = merged.limits;
    merged.limits = limits;
  }
}

/** A whole setting that was sent back for `current`, with the secrets that are set in the place of their masks. */
export function unmaskSettings(current: EndpointSettings, input: unknown, registry: Registry): unknown {
  if (!isObject(input)) return input;
  const { transport, template } = input;
  const unmasked = { ...input };
  if (isObject(transport) && transport.type === current.transport.type) {
    const schema = registry.transportOf(current.transport.type)?.optionsSchema;
    unmasked.transport = unmask(schema, current.transport, transport);
  }
  if (isObject(template) && template.name === current.template.name && isObject(template.options)) {
    const schema = registry.templateOf(current.template.name)?.optionsSchema;
    unmasked.template = { ...template, options: unmask(schema, current.template.options, template.options) };
  }
  return unmasked;
}

/**
 * The setting with a patch applied, still to be judged by `completeSettings`. Objects are merged one level deep; a
 * secret that is left out or sent back as `********` stays as it is; null takes an option of the transport or template
 * away. Another transport type or template name replaces the old options whole.
 */
export function mergePatch(current: EndpointSettings, patch: unknown, registry: Registry): unknown {
  if (!isObject(patch)) return patch;
  const members = new Map<string, unknown>(Object.entries(current));
  for (const [key, value] of Object.entries(patch)) {
    const held = members.get(key);
    if (!isObject(value)) members.set(key, value);
    else if (key === "transport") members.set(key, mergeTransport(current.transport, value, registry));
    else if (key === "template") members.set(key, mergeTemplate(current.template, value, registry));
    else members.set(key, isObject(held) ? { ...held, ...value } : value);
  }
  // Unlike an assignment, this makes a member of a patch's `__proto__`, to be refused like any other unknown one.
  const merged = Object.fromEntries(members);
  forgetKindDefaults(merged, current, registry);
  return merged;
}
