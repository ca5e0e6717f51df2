import type { FieldError } from "../errors.js";
import type { EndpointInput } from "../schemas/endpoint.js";
import { fault } from "../schemas/rules/rules.js";
import { mapSecrets, SECRET_MASK } from "../schemas/secret.js";
import { compileSchema } from "../schemas/validate.js";
import type { ChosenFormat } from "../templates/choose-format.js";
import type { Template } from "../templates/template.js";
import type { Transport } from "../transports/transport.js";
import type { TemplateSetting, TransportSetting } from "../types.js";
import { quietErrors } from "./quiet-hours.js";

/** Which transports and templates there are; handed in, so that settings can be judged without them. */
export interface Registry {
  transportOf(type: string): Transport | undefined;
  templateOf(name: string): Template | undefined;
  chooseFormat(transport: Transport, template: Template, options: Readonly<Record<string, unknown>>): ChosenFormat;
}

const compiled = new WeakMap<object, ReturnType<typeof compileSchema>>();

function checkOptions(schema: object, options: unknown, prefix: string): FieldError[] {
  const check = compiled.get(schema) ?? compileSchema(schema);
  compiled.set(schema, check);
  return check(options, prefix);
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The options of a transport setting: all of it but its type. */
export function transportOptions({ type: _type, ...options }: TransportSetting): Record<string, unknown> {
  return options;
}

function maskErrors(schema: Transport["optionsSchema"], options: Record<string, unknown>, prefix: string) {
  const errors: FieldError[] = [];
  mapSecrets(schema, options, (text, path) => {
    if (text !== SECRET_MASK) return text;
    errors.push(fault(`${prefix}/${path.replaceAll(".", "/")}`, "masked", { mask: SECRET_MASK }));
    return text;
  });
  return errors;
}

function transportErrors(setting: TransportSetting, transport: Transport | undefined): FieldError[] {
  if (!transport) return [fault("/transport/type", "no_transport", { transport: setting.type })];
  const options = transportOptions(setting);
  const errors = checkOptions(transport.optionsSchema, options, "/transport");
  if (errors.length > 0) return errors;
  const more = (transport.validate?.(options) ?? []).map((error) => ({
    ...error,
    path: `/transport${error.path === "" || error.path.startsWith("/") ? error.path : `/${error.path}`}`,
  }));
  return [...more, ...maskErrors(transport.optionsSchema, options, "/transport")];
}

function templateErrors({ name, options = {} }: TemplateSetting, template: Template | undefined): FieldError[] {
  if (!template) return [fault("/template/name", "no_template", { template: name })];
  const prefix = "/template/options";
  const errors = checkOptions(template.optionsSchema, options, prefix);
  if (errors.length > 0) return errors;
  const more = (template.validate?.(options) ?? []).map((error) => ({ ...error, path: prefix + error.path }));
  return [...more, ...maskErrors(template.optionsSchema, options, prefix)];
}

/** What is wrong with a transport and a template, each and as a pair; both have the shape of their schema. */
export function pairErrors(input: Pick<EndpointInput, "transport" | "template">, registry: Registry): FieldError[] {
  const transport = registry.transportOf(input.transport.type);
  const template = registry.templateOf(input.template.name);
  const errors = [...transportErrors(input.transport, transport), ...templateErrors(input.template, template)];
  if (errors.length > 0 || !transport || !template) return errors;
  const chosen = registry.chooseFormat(transport, template, input.template.options ?? {});
  if (!chosen.ok) return [chosen.error];
  return headerErrors(input.transport, transport, template);
}

/** What is missing where a partner takes nothing without a header of its own. */
function headerErrors(setting: TransportSetting, transport: Transport, template: Template): FieldError[] {
  const { demandsHeader: header, label } = template;
  if (!header) return [];
  if (!transport.headerNames) {
    return [fault("/template/name", "header_impossible", { label, header, transport: setting.type })];
  }
  if (transport.headerNames(transportOptions(setting)).has(header.toLowerCase())) return [];
  return [fault("/transport/headers", "header_demanded", { label, header })];
}

/** What tells a delivered request from others, where no request is made. */
export function successErrors({ success = {}, transport }: EndpointInput, registry: Registry): FieldError[] {
  if (registry.transportOf(transport.type)?.kind !== "file") return [];
  const { statusCodes = [], bodyIncludes = "" } = success;
  const given = [...(statusCodes.length > 0 ? ["statusCodes"] : []), ...(bodyIncludes ? ["bodyIncludes"] : [])];
  return given.map((name) => fault(`/success/${name}`, "not_for_files", { transport: transport.type }));
}

/** What `concurrency` and `timeoutSeconds` are where the setting leaves them out. */
export const BY_KIND = {
  http: { concurrency: 8, timeoutSeconds: 15 },
  file: { concurrency: 1, timeoutSeconds: 60 },
} as const;

const SECONDS = { second: 1, minute: 60, hour: 3_600 } as const;

/** Each shard needs a part of the concurrency; and each may send one at once, so that all are a second's worth at most. */
function shardErrors(
  { shards = 1, concurrency, rate }: NonNullable<EndpointInput["limits"]>,
  kind: Transport["kind"] = "http",
): FieldError[] {
  const sends = concurrency ?? BY_KIND[kind].concurrency;
  const path = "/limits/shards";
  if (shards > sends) return [fault(path, "shards_concurrency", { limit: sends })];
  const perSecond = rate ? rate.count / SECONDS[rate.per] : Number.POSITIVE_INFINITY;
  if (shards === 1 || shards <= perSecond) return [];
  return [fault(path, "shards_rate", { limit: Math.floor(perSecond) })];
}

/** The limits that this version cannot keep. */
export function limitErrors({ limits = {}, template, transport }: EndpointInput, registry: Registry): FieldError[] {
  const errors: FieldError[] = [];
  const path = "/limits/batch/maxEvents";
  const { quietHours, batch = {} } = limits;
  errors.push(...quietErrors(quietHours));
  errors.push(...shardErrors(limits, registry.transportOf(transport.type)?.kind));
  const most = registry.templateOf(template.name)?.maxEvents ?? 1;
  if ((batch.maxEvents ?? 1) > 1 && registry.transportOf(transport.type)?.kind === "file") {
    errors.push(fault(path, "one_in_file"));
  } else if ((batch.maxEvents ?? 1) > most) {
    const params = { template: template.name };
    errors.push(
      most === 1 ? fault(path, "one_at_a_time", params) : fault(path, "most_events", { ...params, limit: most }),
    );
  }
  return errors;
}

/** What is wrong with callback URLs beyond their schema; paths are `<prefix>/<index>`. */
export function callbackErrors(urls: readonly string[], registry: Registry, prefix = "/callbackUrls"): FieldError[] {
  const transport = registry.transportOf("http-post");
  return urls.flatMap((url, index) =>
    transportErrors({ type: "http-post", url }, transport).map((error) => ({
      ...error,
      path: `${prefix}/${index}`,
    })),
  );
}

/** What is wrong with a customer's callback template; paths are inside the customer. */
export function callbackTemplateErrors(template: TemplateSetting, registry: Registry): FieldError[] {
  const errors = pairErrors({ transport: { type: "http-post", url: "https://example.com/" }, template }, registry);
  return errors.map((error) => {
    const { path } = error;
    if (path.startsWith("/template")) return { ...error, path: path.replace("/template", "/callbackTemplate") };
    // Of the transport, which nobody gives here: a field of it cannot be named.
    return fault("/callbackTemplate/name", "headerless_callback");
  });
}
