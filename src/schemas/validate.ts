import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { FieldError } from "../errors.js";

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
});
addFormats.default(ajv, ["uri", "email", "date-time"]);
ajv.addFormat("time-zone", isTimeZone);
ajv.addKeyword({ keyword: "x-secret", schemaType: "boolean" });

/** Turns one of ajv's findings into a sentence that says what to do, at the place it is about. */
function toFieldError(error: ErrorObject): FieldError {
  const params = error.params as Record<string, unknown>;
  const at = error.instancePath;
  switch (error.keyword) {
    case "required":
      return { path: `${at}/${String(params.missingProperty)}`, message: "is missing" };
    case "additionalProperties":
    case "unevaluatedProperties":
      return {
        path: `${at}/${String(params.additionalProperty ?? params.unevaluatedProperty)}`,
        message: "is not a known field",
      };
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
    default:
      return { path: at, message: error.message ?? "is not valid" };
  }
}

/** Compiles a schema once; the result takes a value and returns its faulty fields, none when it is valid. */
export function compileSchema(schema: object): (value: unknown, prefix?: string) => FieldError[] {
  let validate: ValidateFunction | undefined;
  return (value, prefix = "") => {
    validate ??= ajv.compile(schema);
    if (validate(value)) return [];
    const errors = (validate.errors ?? []).slice(0, MAX_ERRORS).map(toFieldError);
    return prefix ? errors.map((error) => ({ path: prefix + error.path, message: error.message })) : errors;
  };
}
