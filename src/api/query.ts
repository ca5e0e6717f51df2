import type { TObject } from "typebox";
import { type FieldError, InputError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import { compileSchema } from "../schemas/validate.js";
import type { Operation } from "./operation.js";

type Raw = Readonly<Record<string, string | readonly string[] | undefined>>;

interface Kind {
  readonly type?: string;
  readonly items?: Kind;
}

function valueIn(text: string, kind: Kind): unknown {
  if (kind.type === "integer" && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (kind.type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/**
 * Turns the texts of a query string into what its schema expects: numbers, booleans, and lists (repeated, or separated by
 * commas). What does not look like it stays a text, which the schema then refuses.
 */
function parseQuery(schema: TObject, raw: Raw, errors: FieldError[]): Record<string, unknown> {
  const query: Record<string, unknown> = {};
  const properties = schema.properties as unknown as Readonly<Record<string, Kind>>;
  for (const [name, given] of Object.entries(raw)) {
    if (given === undefined) continue;
    const kind = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const texts = typeof given === "string" ? [given] : given;
    const [first = ""] = texts;
    if (!kind) errors.push(fault(`?${name.slice(0, 100)}`, "unknown_parameter"));
    else if (kind.type === "array") {
      const { items = {} } = kind;
      query[name] = texts.flatMap((text) => text.split(",")).map((text) => valueIn(text, items));
    } else if (texts.length > 1) errors.push(fault(`?${name}`, "parameter_twice"));
    else query[name] = valueIn(first, kind);
  }
  return query;
}

export interface CheckedInput {
  readonly params: Record<string, string>;
  readonly query: Record<string, unknown>;
}

/** Compiles what checks an operation's input. The result throws one InputError that names every faulty field of all parts. */
export function createInputCheck({ params, query, body }: Operation) {
  const checkParams = params ? compileSchema(params) : null;
  const checkQuery = query ? compileSchema({ ...query, additionalProperties: false }) : null;
  const checkBody = body ? compileSchema(body.schema) : null;
  const noQuery = { type: "object", properties: {} } as unknown as TObject;
  return (given: { params: Record<string, string>; query: Raw; body: unknown }): CheckedInput => {
    const errors: FieldError[] = [];
    const named = (found: FieldError[], open: string, close: string) =>
      errors.push(...found.map((error) => ({ ...error, path: `${open}${error.path.slice(1)}${close}` })));
    if (checkParams) named(checkParams(given.params), "{", "}");
    const parsed = parseQuery(query ?? noQuery, given.query, errors);
    if (checkQuery) named(checkQuery(parsed), "?", "");
    if (body && given.body === undefined && !body.optional) errors.push(fault("", "body_needed"));
    else if (checkBody && given.body !== undefined) errors.push(...checkBody(given.body));
    if (!body && given.body !== undefined) errors.push(fault("", "no_body"));
    if (errors.length > 0) throw InputError.invalid(errors);
    return { params: given.params, query: parsed };
  };
}
