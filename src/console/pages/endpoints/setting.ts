import type { ComponentChildren } from "preact";
import { DEFAULT_GIVE_UP_AFTER, DEFAULT_SCHEDULE, type QuietTime } from "../../../schemas/endpoint.js";
import type { Problem } from "../../../schemas/problem.js";
import type { SignedIn } from "../../page.js";
import type { TextPlace } from "../../schema-form/fault-line.js";
import type { Schema } from "../../schema-form/members.js";
import { asPatch, readOptions } from "../../schema-form/read.js";
import { faultText } from "../../told.js";
import type { Translate } from "../../word.js";
import { templateNames } from "../../words/endpoints.js";
import { quietTimesOf } from "./quiet-times.js";

type Options = Readonly<Record<string, unknown>>;

/** A transport or template, as the API lists it. */
export interface Kind {
  readonly name: string;
  readonly label: string;
  readonly options: Schema;
  /** Of a transport what it can carry, of a template what it can make. */
  readonly accepts?: readonly string[];
  readonly formats?: readonly string[];
}

export interface Kinds {
  readonly transports: readonly Kind[];
  readonly templates: readonly Kind[];
}

/** A setting as forms hold it: of an endpoint that is kept as the API shows it. */
export interface Setting {
  readonly name: string;
  readonly transport: Options & { readonly type: string };
  readonly template: { readonly name: string; readonly options?: Options };
  readonly filter?: {
    readonly statuses?: readonly string[];
    readonly statusCodes?: readonly string[];
    readonly sources?: readonly string[];
  };
  readonly success?: { readonly statusCodes?: readonly number[]; readonly bodyIncludes?: string };
  readonly retry?: { readonly schedule?: readonly string[]; readonly giveUpAfter?: string };
  readonly limits?: {
    readonly concurrency?: number;
    readonly rate?: { readonly count: number; readonly per: string } | null;
    readonly order?: string;
    readonly overtakeAfter?: string;
    readonly batch?: { readonly maxEvents?: number; readonly maxWait?: string };
    readonly quietHours?: readonly QuietTime[];
    readonly shards?: number;
  };
  readonly timeoutSeconds?: number;
  readonly timeZone?: string | null;
  readonly alerts?: { readonly emails?: readonly string[]; readonly language?: string };
}

export async function readKinds(page: SignedIn): Promise<Kinds> {
  const [transports, templates] = await Promise.all([
    page.read<{ items: Kind[] }>("listTransports"),
    page.read<{ items: Kind[] }>("listTemplates"),
  ]);
  return { transports: transports.items, templates: templates.items };
}

/** How a template is called in the pages. */
export function templateLabel({ templates }: Pick<Kinds, "templates">, name: string, t: Translate): string {
  const word = templateNames[name];
  return word ? t(word) : (templates.find((template) => template.name === name)?.label ?? name);
}

/** Which templates make something that the transport can carry. */
export function fittingTemplates({ transports, templates }: Kinds, type: string): readonly Kind[] {
  const accepts = transports.find(({ name }) => name === type)?.accepts ?? [];
  return templates.filter(({ formats = [] }) => formats.some((format) => accepts.includes(format)));
}

/** The option that holds the fingerprint of what a server of the transport shows. */
export const pinnedBy = (transport: string) => (transport === "sftp" ? "hostKey" : "fingerprint");

const listOf = (text: string | null): string[] =>
  (text ?? "")
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** What is no number stays as it was typed, for the API to refuse. */
const numberOf = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : (text as unknown as number));

function limitsOf(form: URLSearchParams) {
  const text = (name: string) => (form.get(`limits.${name}`) ?? "").trim();
  const number = (name: string) => (text(name) === "" ? {} : { [name.split(".").at(-1) ?? ""]: numberOf(text(name)) });
  const count = text("rate.count");
  return {
    ...number("concurrency"),
    rate: count === "" ? null : { count: numberOf(count), per: text("rate.per") || "second" },
    ...(text("order") === "" ? {} : { order: text("order") }),
    ...(text("overtakeAfter") === "" ? {} : { overtakeAfter: text("overtakeAfter") }),
    batch: {
      ...number("batch.maxEvents"),
      ...(text("batch.maxWait") === "" ? {} : { maxWait: text("batch.maxWait") }),
    },
    quietHours: quietTimesOf(form),
    ...number("shards"),
  };
}

/** The setting that a form holds. `held`: the endpoint that is changed, for its secrets. */
export function settingOf(form: URLSearchParams, kinds: Kinds, held: Setting | null): Setting {
  const text = (name: string) => (form.get(name) ?? "").trim();
  const [type, name] = [text("transport"), text("template")];
  const transport = kinds.transports.find((kind) => kind.name === type);
  const template = kinds.templates.find((kind) => kind.name === name);
  const heldTransport = held?.transport.type === type ? held.transport : {};
  const heldTemplate = held?.template.name === name ? (held.template.options ?? {}) : {};
  const schedule = listOf(form.get("retry.schedule"));
  const emails = listOf(form.get("alerts.emails"));
  return {
    name: text("name"),
    transport: { type, ...(transport ? readOptions(form, "transport", transport.options, heldTransport) : {}) },
    template: { name, options: template ? readOptions(form, "template", template.options, heldTemplate) : {} },
    filter: {
      statuses: form.getAll("filter.statuses"),
      statusCodes: [...new Set([...form.getAll("filter.statusCodes"), ...listOf(form.get("filter.moreCodes"))])],
      sources: listOf(form.get("filter.sources")),
    },
    success: {
      statusCodes: listOf(form.get("success.statusCodes")).map(numberOf),
      bodyIncludes: form.get("success.bodyIncludes") ?? "",
    },
    retry: {
      schedule: schedule.length > 0 ? schedule : [...DEFAULT_SCHEDULE],
      giveUpAfter: text("retry.giveUpAfter") || DEFAULT_GIVE_UP_AFTER,
    },
    limits: limitsOf(form),
    ...(text("timeoutSeconds") === "" ? {} : { timeoutSeconds: numberOf(text("timeoutSeconds")) }),
    timeZone: text("timeZone") === "" ? null : text("timeZone"),
    alerts: { emails, ...(text("alerts.language") === "" ? {} : { language: text("alerts.language") }) },
  };
}

/** What changes `held` into the setting: what was emptied is taken away. */
export function patchOf(setting: Setting, held: Setting): Record<string, unknown> {
  const { type, ...options } = setting.transport;
  const { type: heldType, ...heldOptions } = held.transport;
  const transport = type === heldType ? { type, ...asPatch(options, heldOptions) } : setting.transport;
  const same = setting.template.name === held.template.name;
  const changed = asPatch(setting.template.options ?? {}, held.template.options ?? {});
  return {
    ...setting,
    transport,
    template: same ? { ...setting.template, options: changed } : setting.template,
    limits: asPatch(setting.limits ?? {}, held.limits ?? {}),
    timeoutSeconds: setting.timeoutSeconds ?? null,
    alerts: asPatch(setting.alerts ?? {}, held.alerts ?? {}),
  };
}

/** A row of a table, by what it is of. */
const ROW = /(\/statusMap\/(?:codes|statuses)|\/headers)\/([^/]*).*$/;

function rowOf(path: string): string | undefined {
  const [, , row] = ROW.exec(path) ?? [];
  // RFC 6901, section 4.
  return row?.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The place of a fault's field: `/endpoint/transport/auth/key` is `transport.auth.key`. */
const placeOf = (path: string): string =>
  path
    .replace(/^\/endpoint(?=\/)/, "")
    .replace(/^\/template\/options/, "/template")
    // What is a list or a map is one field in the form.
    .replace(/\/\d+(?:\/.*)?$/, "")
    .replace(ROW, "$1")
    .slice(1)
    .replaceAll("/", ".");

/** The faults of a setting by the places of their fields: of each field the first. */
export function faultsOf(errors: Problem["errors"]): ReadonlyMap<string, ComponentChildren> {
  return new Map(errors.toReversed().map((fault) => [placeOf(fault.path), faultText(fault, rowOf(fault.path))]));
}

/** Where in texts of several lines the faults lie, by the places of their fields. */
export function textPlacesOf(errors: Problem["errors"]): ReadonlyMap<string, TextPlace> {
  return new Map(
    errors
      .toReversed()
      .flatMap(({ path, line, column }) => (line === undefined ? [] : [[placeOf(path), { line, column }] as const])),
  );
}
