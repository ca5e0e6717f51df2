import type { FieldError } from "../errors.js";
import type { EndpointInput } from "../schemas/endpoint.js";
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
    const message = `is ${SECRET_MASK}, which only stands for a secret that is set already: give the secret itself`;
    errors.push({ path: `${prefix}/${path.replaceAll(".", "/")}`, message });
    return text;
  });
  return errors;
}

function transportErrors(setting: TransportSetting, transport: Transport | undefined): FieldError[] {
  if (!transport) return [{ path: "/transport/type", message: `there is no transport "${setting.type}"` }];
  const options = transportOptions(setting);
  const errors = checkOptions(transport.optionsSchema, options, "/transport");
  if (errors.length > 0) return errors;
  const more = (transport.validate?.(options) ?? []).map(({ path, message }) => ({
    path: `/transport${path === "" || path.startsWith("/") ? path : `/${path}`}`,
    message,
  }));
  return [...more, ...maskErrors(transport.optionsSchema, options, "/transport")];
}

function templateErrors({ name, options = {} }: TemplateSetting, template: Template | undefined): FieldError[] {
  if (!template) return [{ path: "/template/name", message: `there is no template "${name}"` }];
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
    const message = `${label} takes nothing without the header ${header}, which ${setting.type} cannot send`;
    return [{ path: "/template/name", message }];
  }
  if (transport.headerNames(transportOptions(setting)).has(header.toLowerCase())) return [];
  const message = `must hold ${header}, without which ${label} takes nothing; or give auth that sends it`;
  return [{ path: "/transport/headers", message }];
}

/** What tells a delivered request from others, where no request is made. */
export function successErrors({ success = {}, transport }: EndpointInput, registry: Registry): FieldError[] {
  if (registry.transportOf(transport.type)?.kind !== "file") return [];
  const { statusCodes = [], bodyIncludes = "" } = success;
  const given = [...(statusCodes.length > 0 ? ["statusCodes"] : []), ...(bodyIncludes ? ["bodyIncludes"] : [])];
  const message = `means nothing for files by ${transport.type}: leave it out`;
  return given.map((name) => ({ path: `/success/${name}`, message }));
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
  const wrong = (message: string) => [{ path: "/limits/shards", message }];
  if (shards > sends) return wrong(`must be at most limits.concurrency (${sends}), which the shards have between them`);
  const perSecond = rate ? rate.count / SECONDS[rate.per] : Number.POSITIVE_INFINITY;
  if (shards === 1 || shards <= perSecond) return [];
  return wrong(
    `must be at most what limits.rate allows in a second (${Math.floor(perSecond)}): each may send one at once`,
  );
}

/** The limits that this version cannot keep. */
export function limitErrors({ limits = {}, template, transport }: EndpointInput, registry: Registry): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (path: string, instead: string) =>
    errors.push({ path: `/limits/${path}`, message: `is not available in this version: ${instead}` });
  const { quietHours, batch = {} } = limits;
  errors.push(...quietErrors(quietHours));
  errors.push(...shardErrors(limits, registry.transportOf(transport.type)?.kind));
  const most = registry.templateOf(template.name)?.maxEvents ?? 1;
  if ((batch.maxEvents ?? 1) > 1 && registry.transportOf(transport.type)?.kind === "file") {
    refuse("batch/maxEvents", "a file holds one event");
  } else if ((batch.maxEvents ?? 1) > most) {
    if (most === 1) refuse("batch/maxEvents", `the template ${template.name} takes one event at a time`);
    else
      errors.push({ path: "/limits/batch/maxEvents", message: `the template ${template.name} takes at most ${most}` });
  }
  return errors;
}

/** What is wrong with callback URLs beyond their schema; paths are `<prefix>/<index>`. */
export function callbackErrors(urls: readonly string[], registry: Registry, prefix = "/callbackUrls"): FieldError[] {
  const transport = registry.transportOf("http-post");
  return urls.flatMap((url, index) =>
    transportErrors({ type: "http-post", url }, transport).map(({ message }) => ({
      path: `${prefix}/${index}`,
      message,
    })),
  );
}

const HEADERLESS = "its partner takes nothing without a header of its own, which only an endpoint can be set to send";

/** What is wrong with a customer's callback template; paths are inside the customer. */
export function callbackTemplateErrors(template: TemplateSetting, registry: Registry): FieldError[] {
  const errors = pairErrors({ transport: { type: "http-post", url: "https://example.com/" }, template }, registry);
  return errors.map(({ path, message }) => {
    if (path.startsWith("/template")) return { path: path.replace("/template", "/callbackTemplate"), message };
    // Of the transport, which nobody gives here: a field of it cannot be named.
    return { path: "/callbackTemplate/name", message: `cannot serve callback URLs: ${HEADERLESS}` };
  });
}
