import { isDeepStrictEqual } from "node:util";
import type { TSchema } from "typebox";
import { Problem } from "../schemas/problem.js";
import { rolesOf } from "./authentication.js";
import { type Access, type AnswerShape, type BodyShape, type Operation, TAGS } from "./operation.js";

type Json = Record<string, unknown>;

const REFUSALS: Readonly<Record<number, string>> = {
  400: "The request is malformed; `detail` says where",
  401: "The key is missing, wrong, expired or revoked",
  403: "The key's role may not do this",
  404: "There is no such thing",
  408: "The body did not arrive in time",
  409: "It contradicts what is there already",
  413: "A bound of size is exceeded; `detail` names it",
  415: "The content type is not one that this address takes",
  429: "Too many requests of this key, or wrong keys from this address; Retry-After says when to go on",
  422: "The input has faulty fields; each is named",
  500: "Something went wrong in Waybell; the log has more under the incident id",
  503: "Not possible at the moment; nothing has happened, and the same request may be sent again",
};

const INTRODUCTION = `Waybell tells each customer, in the way that this customer asked for, whenever the status of one of their orders changes.

Every refusal is a problem document (RFC 9457) that names each faulty field. Times in answers are ISO 8601 in UTC. Secrets are write-only: an answer shows \`********\` where one is set, and \`********\` sent back leaves it as it is. Lists answer \`items\` and \`next\`, the \`cursor\` of the next page.`;

/** Values that hold data, not schemas: nothing in them is a component. */
const DATA = new Set(["examples", "example", "default", "enum", "const", "mapping"]);

/** Moves every schema that has a title to the components, and leaves a reference. Two that differ must not share a title. */
function hoist(value: unknown, components: Json): unknown {
  if (Array.isArray(value)) return value.map((item) => hoist(item, components));
  if (typeof value !== "object" || value === null) return value;
  const hoisted: Json = {};
  for (const [key, held] of Object.entries(value)) hoisted[key] = DATA.has(key) ? held : hoist(held, components);
  const { title } = hoisted;
  if (typeof title !== "string") return hoisted;
  const known = components[title];
  if (known !== undefined && !isDeepStrictEqual(known, hoisted)) throw new Error(`two schemas are titled ${title}`);
  components[title] = hoisted;
  return { $ref: `#/components/schemas/${title}` };
}

/** TypeBox keeps symbols and hidden members on its schemas. */
const plain = (schema: TSchema): Json => JSON.parse(JSON.stringify(schema)) as Json;

function parameters({ params, query }: Operation): Json[] {
  const each = (schema: TSchema | undefined, place: string) => {
    const { properties = {}, required = [] } = schema
      ? (plain(schema) as { properties?: Json; required?: string[] })
      : {};
    return Object.entries(properties).map(([name, property]) => {
      const { description, ...rest } = property as Json;
      return {
        name,
        in: place,
        required: required.includes(name),
        ...(description ? { description } : {}),
        schema: rest,
      };
    });
  };
  return [...each(params, "path"), ...each(query, "query")];
}

function requestBody({ schema, shown, description, optional, examples, others }: BodyShape): Json {
  const named = Object.entries(examples ?? {}).map(([name, value]) => [name, { value }]);
  const json = { schema: plain(shown ?? schema), ...(examples ? { examples: Object.fromEntries(named) } : {}) };
  const more = Object.entries(others ?? {}).map(([type, other]) => [type, { schema: plain(other) }]);
  return {
    required: optional !== true,
    ...(description ? { description } : {}),
    content: { "application/json": json, ...Object.fromEntries(more) },
  };
}

function response({ description, schema, others }: AnswerShape): Json {
  if (!schema && !others) return { description };
  const types = { ...(schema ? { "application/json": schema } : {}), ...others };
  const content = Object.entries(types).map(([type, shape]) => [type, { schema: plain(shape) }]);
  return { description, content: Object.fromEntries(content) };
}

/** The refusals that an operation of this form can make, beside those it names itself. */
function refusalsOf({ access, params, body, refusals = [] }: Operation): number[] {
  // 422: also where there is nothing to give, as what is given nevertheless is named.
  const found = new Set([...refusals, 422, 500]);
  if (access !== "anyone") found.add(401).add(403).add(429).add(503);
  if (params) found.add(404);
  if (body) found.add(400).add(408).add(413).add(415);
  return [...found].sort((a, b) => a - b);
}

/** The roles stand beside it, for programs: OpenAPI 3.1 leaves the list of a bearer key to who describes it. */
function securityOf(access: Access): Json {
  return access === "anyone" ? { security: [] } : { security: [{ key: rolesOf(access) }] };
}

function operationObject(operation: Operation): Json {
  const answers = Object.entries(operation.answers).map(([status, shape]) => [status, response(shape)]);
  const refusals = refusalsOf(operation).map((status) => [status, { $ref: `#/components/responses/Refusal${status}` }]);
  const found = parameters(operation);
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description ? { description: operation.description } : {}),
    ...securityOf(operation.access),
    ...(found.length > 0 ? { parameters: found } : {}),
    ...(operation.body ? { requestBody: requestBody(operation.body) } : {}),
    responses: { ...Object.fromEntries(refusals), ...Object.fromEntries(answers) },
  };
}

function refusalResponses(): Json {
  const wait = { description: "Seconds to wait before the next try", schema: { type: "integer" } };
  const all = Object.entries(REFUSALS).map(([status, description]) => [
    `Refusal${status}`,
    {
      description,
      ...(status === "503" || status === "429" ? { headers: { "Retry-After": wait } } : {}),
      content: { "application/problem+json": { schema: plain(Problem) } },
    },
  ]);
  return Object.fromEntries(all);
}

export interface DocumentOptions {
  readonly version: string;
  /** null: wherever the document was fetched from. */
  readonly publicUrl: string | null;
}

/** The OpenAPI 3.1 document of the operations, from the very schemas that check their input. */
export function openApiDocument(operations: readonly Operation[], { version, publicUrl }: DocumentOptions): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = paths[operation.path] ?? {};
    path[operation.method.toLowerCase()] = operationObject(operation);
    paths[operation.path] = path;
  }
  const schemas: Json = {};
  const hoistedPaths = hoist(paths, schemas);
  const responses = hoist(refusalResponses(), schemas);
  return {
    openapi: "3.1.0",
    info: { title: "Waybell", version, description: INTRODUCTION },
    servers: [{ url: publicUrl?.replace(/\/+$/, "") ?? "/" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ key: [] }],
    paths: hoistedPaths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      responses,
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description:
            "The admin key, shown once at the first start, or a key that was made with POST /v1/keys. Beside each operation stand the roles that may call it",
        },
      },
    },
  };
}
