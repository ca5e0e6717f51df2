import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { FieldError } from "../errors.js";
import { broken, fault, type Rule, type Told } from "./rules/rules.js";

/** Faults that are told of one value; of the members beyond it the first fault each, as nobody may take them for sound. */
const MAX_ERRORS = 100;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  discriminator: true,
  // Findings then hold their schema, whose description says what a pattern stands for.
  verbose: true,
});
addFormats.default(ajv, ["uri", "email", "date-time"]);
ajv.addFormat("time-zone", isTimeZone);
ajv.addKeyword({ keyword: "x-secret", schemaType: "boolean" });
ajv.addKeyword({ keyword: "x-unsent", schemaType: "boolean" });

function patternFault({ parentSchema }: ErrorObject): Told<Rule> {
  const { description, pattern } = (parentSchema ?? {}) as { description?: string; pattern?: string };
  if (!description) return broken("pattern", { pattern: String(pattern) });
  return broken("form", { form: description, pattern: String(pattern) });
}

/** A member's name within a path (RFC 6901, section 3); the paths that ajv gives have theirs escaped. */
const escaped = (name: unknown) => String(name).replaceAll("~", "~0").replaceAll("/", "~1");

/** Where names are free but for their form, the form is told: that the field is unknown would say nothing. */
function unknownFault({ parentSchema }: ErrorObject): Told<Rule> {
  const { patternProperties } = (parentSchema ?? {}) as { patternProperties?: object };
  if (!patternProperties) return broken("unknown_field");
  return broken("name_form", { pattern: Object.keys(patternProperties).join(" or ") });
}

/** A member that may also be null, or one of several things, is told once: by what it most looks like. */
function withoutEchoes(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const isEcho = ({ keyword, params }: ErrorObject) =>
    keyword === "anyOf" || keyword === "oneOf" || (keyword === "type" && params.type === "null");
  const told = errors.filter((error) => !isEcho(error));
  const covered = (path: string) => told.some(({ instancePath }) => `${instancePath}/`.startsWith(`${path}/`));
  return errors.filter((error) => !isEcho(error) || !covered(error.instancePath));
}

function bounded(errors: readonly ErrorObject[]): FieldError[] {
  if (errors.length <= MAX_ERRORS) return withoutEchoes(errors).map(toFieldError);
  const shown = withoutEchoes(errors.slice(0, MAX_ERRORS));
  const memberOf = ({ instancePath }: ErrorObject) => instancePath.split("/")[1];
  const members = new Set(shown.map(memberOf));
  const more = errors.slice(MAX_ERRORS).filter((error) => {
    const member = memberOf(error);
    return member !== undefined && !members.has(member) && members.add(member);
  });
  const rest = errors.length - MAX_ERRORS - more.length;
  const last = rest > 0 ? [fault("", "more_faults", { count: rest.toLocaleString("en") })] : [];
  return [...[...shown, ...more].map(toFieldError), ...last];
}

const oneOf = (values: readonly unknown[]) => broken("one_of", { allowed: values.map(String).join(", ") });

/** Which alternatives there are, where the member that names one of them is missing or names none. */
function alternativeFault({ params, parentSchema }: ErrorObject): Told<Rule> {
  const { tag, tagValue } = params as { tag: string; tagValue?: unknown };
  if (tagValue === undefined) return broken("required");
  const { oneOf: all = [] } = (parentSchema ?? {}) as { oneOf?: readonly { properties?: Record<string, object> }[] };
  return oneOf(all.map(({ properties }) => (properties?.[tag] as { const?: unknown } | undefined)?.const));
}

/** The keywords whose bound is all that there is to say. */
const BOUNDS: Readonly<Record<string, Rule>> = {
  maxLength: "too_long",
  minLength: "empty",
  maxItems: "too_many",
  minItems: "too_few",
  minProperties: "no_members",
  maxProperties: "too_many_members",
  minimum: "minimum",
  maximum: "maximum",
};

/** What is wrong with a value, by the keyword that it does not keep to. */
function brokenRule(error: ErrorObject): Told<Rule> {
  const params = error.params as Record<string, unknown>;
  const bound = BOUNDS[error.keyword];
  if (bound) return broken(bound, { limit: Number(params.limit) });
  switch (error.keyword) {
    case "enum":
      return oneOf(params.allowedValues as unknown[]);
    case "const":
      return broken("constant", { value: String(params.allowedValue) });
    case "type":
      return broken("type", { type: String(params.type) });
    case "format":
      return broken("format", { format: String(params.format) });
    case "uniqueItems":
      return broken("twice", { first: Number(params.i), second: Number(params.j) });
    case "pattern":
      return patternFault(error);
    default:
      return { ...broken("not_valid"), ...(error.message ? { message: error.message } : {}) };
  }
}

/** Turns one of ajv's findings into a sentence that says what to do, at the place it is about. */
function toFieldError(error: ErrorObject): FieldError {
  const params = error.params as Record<string, unknown>;
  const at = error.instancePath;
  switch (error.keyword) {
    case "required":
      return fault(`${at}/${escaped(params.missingProperty)}`, "required");
    case "additionalProperties":
    case "unevaluatedProperties":
      return {
        path: `${at}/${escaped(params.additionalProperty ?? params.unevaluatedProperty)}`,
        ...unknownFault(error),
      };
    case "discriminator":
      return { path: `${at}/${escaped(params.tag)}`, ...alternativeFault(error) };
    default:
      return { path: at, ...brokenRule(error) };
  }
}

/** A missing member that names an alternative is found twice: as missing, and as what cannot be told. */
function onceEach(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [`${error.path}\n${error.message}`, error])).values()];
}

/** Compiles a schema once; the result takes a value and returns its faulty fields, none when it is valid. */
export function compileSchema(schema: object): (value: unknown, prefix?: string) => FieldError[] {
  let validate: ValidateFunction | undefined;
  return (value, prefix = "") => {
    validate ??= ajv.compile(schema);
    if (validate(value)) return [];
    const errors = onceEach(bounded(validate.errors ?? []));
    return prefix ? errors.map((error) => ({ ...error, path: prefix + error.path })) : errors;
  };
}
