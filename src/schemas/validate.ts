import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { FieldError } from "../errors.js";

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

function patternMessage({ parentSchema }: ErrorObject): string {
  const { description, pattern } = (parentSchema ?? {}) as { description?: string; pattern?: string };
  return description ? `is not in its form (${description})` : `must match ${String(pattern)}`;
}

/** A member's name within a path (RFC 6901, section 3); the paths that ajv gives have theirs escaped. */
const escaped = (name: unknown) => String(name).replaceAll("~", "~0").replaceAll("/", "~1");

/** Where names are free but for their form, the form is told: that the field is unknown would say nothing. */
function unknownMessage({ parentSchema }: ErrorObject): string {
  const { patternProperties } = (parentSchema ?? {}) as { patternProperties?: object };
  if (!patternProperties) return "is not a known field";
  return `cannot have this name: names here must match ${Object.keys(patternProperties).join(" or ")}`;
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
  const last = rest > 0 ? [{ path: "", message: `has ${rest.toLocaleString("en")} more faults` }] : [];
  return [...[...shown, ...more].map(toFieldError), ...last];
}

/** Which alternatives there are, where the member that names one of them is missing or names none. */
function alternativeMessage({ params, parentSchema }: ErrorObject): string {
  const { tag, tagValue } = params as { tag: string; tagValue?: unknown };
  if (tagValue === undefined) return "is missing";
  const { oneOf = [] } = (parentSchema ?? {}) as { oneOf?: readonly { properties?: Record<string, object> }[] };
  const names = oneOf.map(({ properties }) => (properties?.[tag] as { const?: unknown } | undefined)?.const);
  return `must be one of ${names.map(String).join(", ")}`;
}

/** Turns one of ajv's findings into a sentence that says what to do, at the place it is about. */
function toFieldError(error: ErrorObject): FieldError {
  const params = error.params as Record<string, unknown>;
  const at = error.instancePath;
  switch (error.keyword) {
    case "required":
      return { path: `${at}/${escaped(params.missingProperty)}`, message: "is missing" };
    case "additionalProperties":
    case "unevaluatedProperties":
      return {
        path: `${at}/${escaped(params.additionalProperty ?? params.unevaluatedProperty)}`,
        message: unknownMessage(error),
      };
    case "discriminator":
      return { path: `${at}/${escaped(params.tag)}`, message: alternativeMessage(error) };
    case "enum":
      return { path: at, message: `must be one of ${(params.allowedValues as unknown[]).map(String).join(", ")}` };
    case "format":
      return { path: at, message: `is not a valid ${String(params.format)}` };
    case "maxLength":
      return { path: at, message: `is longer than ${String(params.limit)} characters` };
    case "minLength":
      return { path: at, message: "must not be empty" };
    case "maxItems":
      return { path: at, message: `has more than ${String(params.limit)} items` };
    case "minProperties":
      return { path: at, message: "is empty: give at least one member" };
    case "pattern":
      return { path: at, message: patternMessage(error) };
    default:
      return { path: at, message: error.message ?? "is not valid" };
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
    return prefix ? errors.map((error) => ({ path: prefix + error.path, message: error.message })) : errors;
  };
}
