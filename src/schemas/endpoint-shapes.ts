import { isDeepStrictEqual } from "node:util";
import { type TSchema, Type } from "typebox";
import { EndpointInput, EndpointPatch } from "./endpoint.js";
import { Instant } from "./paging.js";
import { SECRET_MASK } from "./secret.js";

/** What the document tells of one transport or template. */
export interface Described {
  readonly name: string;
  readonly label: string;
  readonly optionsSchema: TSchema;
}

export interface EndpointShapes {
  readonly input: TSchema;
  readonly patch: TSchema;
  readonly answer: TSchema;
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
}

const titleOf = (name: string, kind: string): string =>
  `${name
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("")}${kind}`;

/** One of several schemas, told apart by the constant in one of its members. */
function oneOf(schemas: readonly TSchema[], tag: string, description: string): TSchema {
  return Type.Unsafe({ type: "object", oneOf: schemas, discriminator: { propertyName: tag }, description });
}

/** The same schema with the members of an object, and of each of its alternatives, as they are shown. */
function shownMembers(schema: TSchema): TSchema {
  const { properties, oneOf, title } = schema as ObjectSchema & { oneOf?: readonly TSchema[]; title?: string };
  const members = properties && Object.entries(properties).map(([key, member]) => [key, shownOption(member)]);
  const masked = {
    ...schema,
    ...(members ? { properties: Object.fromEntries(members) } : {}),
    ...(oneOf ? { oneOf: oneOf.map(shownMembers) } : {}),
  };
  // A title is the name of a component, and this is another one.
  return Type.Unsafe(
    title === undefined || isDeepStrictEqual(masked, schema) ? masked : { ...masked, title: `${title}Shown` },
  );
}

/** How an option looks in an answer: a secret that is set reads as its mask, whatever its own schema asks for. */
function shownOption(schema: TSchema): TSchema {
  const { type, description } = schema as { type?: string; description?: string };
  if ((schema as Record<string, unknown>)["x-secret"] !== true) return shownMembers(schema);
  const masked = { type: "string", const: SECRET_MASK };
  if (type === "object") return Type.Unsafe({ type, description, additionalProperties: masked });
  if (type === "array") return Type.Unsafe({ type, description, items: masked });
  return Type.Unsafe({ ...masked, description });
}

/** The options as they are shown in answers. */
function shown({ name, label, optionsSchema }: Described): Described {
  return { name, label, optionsSchema: shownMembers(optionsSchema) };
}

function transportSchema({ name, label, optionsSchema }: Described, kind = "Transport"): TSchema {
  const { properties = {}, required = [] } = optionsSchema as ObjectSchema;
  return Type.Unsafe({
    title: titleOf(name, kind),
    description: label,
    type: "object",
    properties: { type: { const: name }, ...properties },
    required: ["type", ...required],
    additionalProperties: false,
  });
}

function templateSchema({ name, label, optionsSchema }: Described, kind = "Template"): TSchema {
  return Type.Unsafe({
    title: titleOf(name, kind),
    description: label,
    type: "object",
    properties: { name: { const: name }, options: optionsSchema },
    required: ["name"],
    additionalProperties: false,
  });
}

const EXAMPLES = [
  {
    name: "Acme ERP",
    transport: { type: "http-post", url: "https://acme.example/waybell", apiKey: "0000-1111" },
    template: { name: "ontime", options: {} },
    filter: { statuses: ["DELIVERED"] },
    alerts: { emails: ["it@acme.example"], language: "fr" },
  },
  {
    name: "Acme FTP",
    transport: { type: "ftp", host: "ftp.acme.example", username: "waybell", password: "…", directory: "in" },
    template: { name: "ontime", options: { format: "xml" } },
  },
];

/** The endpoint's schemas with those of all transports and templates in them, for the OpenAPI document. */
export function endpointShapes(transports: readonly Described[], templates: readonly Described[]): EndpointShapes {
  const settings = {
    transport: oneOf(
      transports.map((one) => transportSchema(one)),
      "type",
      "How payloads travel, and where to",
    ),
    template: oneOf(
      templates.map((one) => templateSchema(one)),
      "name",
      "What payloads look like",
    ),
  };
  const answered = {
    transport: oneOf(
      transports.map((one) => transportSchema(shown(one), "TransportShown")),
      "type",
      "Secrets masked",
    ),
    template: oneOf(
      templates.map((one) => templateSchema(shown(one), "TemplateShown")),
      "name",
      "Secrets masked",
    ),
  };
  const anyOptions = { additionalProperties: true, description: "Options to change; null takes one away" };
  const { properties } = EndpointInput;
  return {
    input: Type.Object(
      { ...properties, ...settings },
      { additionalProperties: false, title: "EndpointInput", examples: EXAMPLES },
    ),
    patch: Type.Object(
      {
        ...EndpointPatch.properties,
        transport: Type.Optional(Type.Object({}, anyOptions)),
        template: Type.Optional(Type.Object({}, anyOptions)),
      },
      { additionalProperties: false, title: "EndpointPatch" },
    ),
    answer: Type.Object(
      {
        id: Type.String(),
        customer: Type.String(),
        order: Type.Union([Type.String(), Type.Null()], { description: "null: for all orders" }),
        origin: Type.Enum(["api", "callback"], { description: "callback: made from a callback URL" }),
        state: Type.Enum(["active", "paused", "disabled"]),
        stateReason: Type.String(),
        held: Type.Optional(
          Type.Union([Type.Object({ reason: Type.String(), since: Instant }), Type.Null()], {
            description:
              "Where it is shown or listed: why nothing is sent although it is active, until the setting is changed; null: it is not held",
          }),
        ),
        quietUntil: Type.Optional(
          Type.Union([Instant, Type.Null()], {
            description:
              "Where it is shown or listed: when the quiet hours end that go on now; null: there are none now",
          }),
        ),
        disablesAt: Type.Optional(
          Type.Union([Instant, Type.Null()], {
            description:
              "Where it is shown or listed: when it is disabled because all attempts have failed for days, unless one succeeds before; null: nothing of the kind is planned",
          }),
        ),
        publicKeys: Type.Array(
          Type.Object({
            key: Type.String({ description: "whpk_ and 32 bytes in base64" }),
            until: Type.Union([Instant, Type.Null()], { description: "When it stops to sign; null: not yet known" }),
          }),
          { description: "What verifies v1a signatures, the newest first; empty where no ed25519 secret signs" },
        ),
        version: Type.Integer({ description: "Goes up by one with each change" }),
        createdAt: Instant,
        updatedAt: Instant,
        ...properties,
        ...answered,
      },
      { title: "Endpoint", description: "Secrets that are set read ********" },
    ),
  };
}
