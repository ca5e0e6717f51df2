import fc from "fast-check";
import { anyJson, anyText } from "./texts.js";

/** As much of JSON Schema as the OpenAPI document and the options of the templates use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
}

export interface ValueOptions {
  /** Where `$ref` leads. */
  readonly resolve: (reference: string) => Schema;
  /** Values of members that mean something beyond their schema, by name: ids that exist, addresses that answer. */
  readonly known: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** Values that are taken as they are, by the last word of a reference; most values are one of them, little changed. */
  readonly sound?: Readonly<Record<string, fc.Arbitrary<object>>>;
  /** One of so many values is of any kind instead; 0: none. */
  readonly junk: number;
}

const TIMES = ["2026-01-02T03:04:05Z", "2026-02-30T00:00:00Z", "2026-01-02T03:04:05+14:00", "0001-01-01T00:00:00Z"];
const FORMATS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "date-time": fc.oneof(
    fc.constantFrom(...TIMES, "9999-12-31T23:59:60Z"),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  ),
  uri: fc.constantFrom(
    "https://acme.example/x?y=1#z",
    "urn:x:y",
    "https://xn--bcher-kva.example",
    "mailto:a@b.example",
  ),
  email: fc.constantFrom("it@acme.example", "a+b@c.example", '"x y"@acme.example'),
  "time-zone": fc.constantFrom("Europe/Brussels", "UTC", "America/Bogota", "Asia/Kathmandu", "+05:30"),
};
const MANY = 4;

function textOf({ minLength = 0, maxLength = 60, pattern, format }: Schema): fc.Arbitrary<string> {
  const known = FORMATS[format ?? ""];
  if (known) return known;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).filter((text) => text.length <= maxLength);
  return anyText(Math.min(60, maxLength)).filter((text) => text.length >= minLength);
}

function numberOf({ type, minimum = -1e6, maximum = 1e6 }: Schema): fc.Arbitrary<number> {
  const [min, max] = [Math.ceil(minimum), Math.floor(maximum)];
  const whole = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
  return type === "integer" ? whole : fc.oneof(whole, fc.double({ min: minimum, max: maximum, noNaN: true }));
}

function objectOf(schema: Schema, options: ValueOptions): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], patternProperties = {}, additionalProperties = true } = schema;
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, options.known[name] ?? valuesOf(member, options)]),
  );
  const listed = fc.record(members, { requiredKeys: required.filter((name) => Object.hasOwn(members, name)) });
  const [[pattern, own] = ["", null]] = Object.entries(patternProperties);
  const free = own ?? (typeof additionalProperties === "object" ? additionalProperties : null);
  if (!free) return listed;
  const name = pattern ? fc.stringMatching(new RegExp(pattern)) : anyText(20);
  const more = fc.dictionary(name, valuesOf(free, options), { minKeys: schema.minProperties ?? 0, maxKeys: MANY });
  return fc.tuple(listed, more).map(([one, other]) => ({ ...other, ...(one as object) }));
}

/** A sound value with up to two members as the schema alone would have them. */
function nearSound(sound: fc.Arbitrary<object>, schema: Schema, options: ValueOptions): fc.Arbitrary<unknown> {
  const { properties = {} } = schema;
  const changes = Object.entries(properties).map(([name, member]) =>
    (options.known[name] ?? valuesOf(member, options)).map((value) => [name, value] as const),
  );
  const changed = fc
    .tuple(sound, fc.array(fc.oneof(...changes), { maxLength: 2 }))
    .map(([one, some]) => ({ ...one, ...Object.fromEntries(some) }));
  return fc.oneof({ weight: 2, arbitrary: sound }, { weight: 3, arbitrary: changed });
}

function referred(reference: string, options: ValueOptions): fc.Arbitrary<unknown> {
  const schema = options.resolve(reference);
  const values = valuesOf(schema, options);
  const sound = options.sound?.[reference.split("/").at(-1) ?? ""];
  if (!sound) return values;
  return fc.oneof({ weight: 4, arbitrary: nearSound(sound, schema, options) }, { weight: 1, arbitrary: values });
}

function plainValues(schema: Schema, options: ValueOptions): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return referred(schema.$ref, options);
  if (Object.hasOwn(schema, "const")) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => valuesOf(choice, options)));
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type: string) => plainValues({ ...schema, type }, options)));
  }
  switch (schema.type) {
    case "string":
      return textOf(schema);
    case "number":
    case "integer":
      return numberOf(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}, options), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? MANY, MANY)),
      });
    case "object":
      return objectOf(schema, options);
    default:
      return anyJson;
  }
}

/** Values that a schema allows or, with `junk`, that come near to it. */
export function valuesOf(schema: Schema, options: ValueOptions): fc.Arbitrary<unknown> {
  const plain = plainValues(schema, options);
  if (options.junk === 0) return plain;
  return fc.oneof({ weight: options.junk, arbitrary: plain }, { weight: 1, arbitrary: anyJson });
}
