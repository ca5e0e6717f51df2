import { readFileSync } from "node:fs";
import fc from "fast-check";
import { Pool } from "undici";
import { startHttpReceiver } from "../support/http-receiver.js";
import { ADMIN_KEY, startTestService, temporaryFolder } from "../support/service.js";
import { problemFault } from "./answers.js";
import { fuzzTarget } from "./fuzz.js";
import { type Schema, valuesOf } from "./schema-values.js";
import { soundValues } from "./sound.js";
import { anyJson, anyText } from "./texts.js";

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly schema: Schema;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly contentTypes: readonly string[];
  readonly body: Schema | null;
  readonly statuses: readonly string[];
}

interface Document {
  readonly paths: Record<string, Record<string, { parameters?: Parameter[]; requestBody?: Body; responses: object }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
interface Body {
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** A request of any operation; ids that exist are named by a number. */
interface Asked {
  readonly operation: number;
  readonly params: readonly { readonly known: number | null; readonly text: string }[];
  readonly query: string;
  readonly contentType: string | null;
  readonly body: string | Uint8Array | null;
}

const document = JSON.parse(readFileSync("docs/openapi.json", "utf8")) as Document;
const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
    method: method.toUpperCase(),
    path,
    parameters,
    contentTypes: Object.keys(requestBody?.content ?? {}),
    body: requestBody?.content["application/json"]?.schema ?? null,
    statuses: Object.keys(responses),
  })),
);

const CUSTOMERS = ["acme", "globex"];
const ORDERS = ["A1", "A2", "ASK 1/2"];
const KNOWN_AT_MOST = 30;
const LONE_SURROGATES = /\p{Surrogate}/gu;

function resolve(reference: string): Schema {
  const found = document.components.schemas[reference.split("/").at(-1) ?? ""];
  if (!found) throw new Error(`the document has no ${reference}`);
  return found;
}

interface Known {
  /** An address that answers. */
  readonly receiver: string;
  readonly members: Readonly<Record<string, fc.Arbitrary<unknown>>>;
}

/** Members whose values decide where connections go, or which rows are found. None leaves this machine. */
function knownMembers(receiver: string): Known {
  const port = Number(new URL(receiver).port);
  const hosts = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "", "a b"];
  const url = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(receiver, `${receiver}x?y=1`, "http://127.0.0.1:1/") },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...hosts.map((host) => `http://${host}/`), "javascript:alert(1)", "file:///etc", ""),
    },
  );
  const host = fc.constantFrom(...hosts);
  const members: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    url,
    tokenUrl: url,
    host,
    port: fc.constantFrom(port, 1, 0, 65_536),
    directory: anyText(40),
    callbackUrls: fc.array(url, { maxLength: 2 }),
    customer: fc.constantFrom(...CUSTOMERS, "nobody"),
    order: fc.oneof(fc.constantFrom(...ORDERS), anyText(30)),
    statusCode: fc.oneof(fc.constantFrom("take", "delivered", "notOk_24"), anyText(20)),
  };
  return { receiver, members };
}

const textsOfQuery = (schema: Schema, known: Known, name: string): fc.Arbitrary<string> =>
  fc.oneof((known.members[name] ?? valuesOf(schema, { resolve, known: {}, junk: 0 })).map(String), anyText());

const encoded = (text: string) => encodeURIComponent(text.replace(LONE_SURROGATES, "\ufffd"));

function queryOf(operation: Operation, known: Known): fc.Arbitrary<string> {
  const listed = operation.parameters
    .filter((one) => one.in === "query")
    .map(({ name, schema }) => textsOfQuery(schema, known, name).map((value) => `${name}=${encoded(value)}`));
  const hostile = fc.oneof(
    fc.tuple(anyText(20), anyText(20)).map(([name, value]) => `${encoded(name)}=${encoded(value)}`),
    fc.constantFrom(
      "__proto__=1",
      "__proto__[a]=1",
      "constructor[prototype][a]=1",
      "limit=1&limit=2",
      "%=1",
      "a=%ff",
      "&&=",
    ),
  );
  const some = fc
    .array(fc.oneof({ weight: 1, arbitrary: hostile }, ...listed.map((arbitrary) => ({ weight: 3, arbitrary }))), {
      maxLength: 3,
    })
    .map((parts) => parts.join("&"));
  return listed.length === 0
    ? fc.oneof({ weight: 9, arbitrary: fc.constant("") }, { weight: 1, arbitrary: some })
    : some;
}

/** JSON with the names that `JSON.stringify` cannot write twice, cut off, or in no JSON at all. */
const broken = (text: fc.Arbitrary<string>): fc.Arbitrary<string | Uint8Array> =>
  fc.oneof(
    fc.tuple(text, fc.nat(200)).map(([json, at]) => json.slice(0, at)),
    text.map((json) => json.replace("{", '{"__proto__":{"polluted":1},')),
    text.map((json) => json.replace("{", '{"constructor":{"prototype":{"polluted":1}},')),
    text.map((json) => `\ufeff${json}`),
    fc.uint8Array({ maxLength: 60 }),
    fc.constantFrom("", "[".repeat(70_000), '{"a":'.repeat(5_000), "1e999", '"\\ud800"', "{}\n{}"),
  );

function bodyOf(operation: Operation, known: Known): fc.Arbitrary<Asked["body"]> {
  const { body } = operation;
  if (!body) return fc.oneof({ weight: 20, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.json() });
  const sound = soundValues(known.receiver, CUSTOMERS, ORDERS);
  const valid = valuesOf(body, { resolve, known: known.members, sound, junk: 0 });
  const near = valuesOf(body, { resolve, known: known.members, sound, junk: 12 });
  const text = (values: fc.Arbitrary<unknown>) => values.map((value) => JSON.stringify(value) ?? "");
  const lines = fc.array(text(fc.oneof(valid, near)), { maxLength: 4 }).map((all) => all.join("\n"));
  return fc.oneof(
    { weight: 5, arbitrary: text(valid) },
    { weight: 5, arbitrary: text(near) },
    { weight: 1, arbitrary: text(anyJson) },
    { weight: 1, arbitrary: broken(text(valid)) },
    { weight: operation.contentTypes.length > 1 ? 3 : 0, arbitrary: lines },
  );
}

const ids = fc.record({ known: fc.option(fc.nat(), { freq: 4 }), text: anyText() });

function askedOf(operation: Operation, at: number, known: Known): fc.Arbitrary<Asked> {
  const usual = operation.contentTypes.length > 0 ? operation.contentTypes : [null];
  return fc.record({
    operation: fc.constant(at),
    params: fc.tuple(...operation.parameters.filter((one) => one.in === "path").map(() => ids)),
    query: queryOf(operation, known),
    contentType: fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(...usual) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          null,
          "text/plain",
          "application/json; charset=latin1",
          "a/b;c",
          "multipart/form-data",
        ),
      },
    ),
    body: bodyOf(operation, known),
  });
}

/** The ids that exist, by the first letters of theirs. */
function createKnown() {
  const found: Record<string, string[]> = { evt: [], dlv: [], ep: [] };
  return {
    learn(text: string) {
      for (const [id, kind] of text.matchAll(/\b(evt|dlv|ep)_[A-Za-z0-9]+/g)) {
        const list = found[kind ?? ""];
        if (!list || list.includes(id)) continue;
        list.push(id);
        if (list.length > KNOWN_AT_MOST) list.shift();
      }
    },
    /** What is gone is asked for no more. */
    forget(path: string) {
      for (const list of Object.values(found)) {
        const at = list.findIndex((id) => path.includes(id));
        if (at >= 0) list.splice(at, 1);
      }
    },
    /** Whether there is an endpoint to ask for. */
    hasEndpoints: () => (found.ep ?? []).length > 0,
    pathOf({ path }: Operation, params: Asked["params"]): string {
      let at = 0;
      return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
        const { known, text } = params[at++] ?? { known: null, text: "" };
        if (known === null) return encoded(text);
        const kind = path.includes("/events/") ? "evt" : path.includes("/deliveries/") ? "dlv" : "ep";
        const list =
          name === "customer" ? CUSTOMERS : name === "order" ? ORDERS : name === "code" ? ["take"] : found[kind];
        return encoded(list?.[known % list.length] ?? text);
      });
    },
  };
}

/** A list to keep is a file for spreadsheets; all else is for programs. */
const typesOf = ({ path }: Operation): RegExp =>
  path.endsWith("/export")
    ? /^(text\/csv|application\/vnd\.openxmlformats-officedocument\.spreadsheetml\.sheet)/
    : /^(application\/(json|x-ndjson)|text\/plain)/;

function faultOf(operation: Operation, status: number, headers: Headers, text: string, whole: boolean): string | null {
  const type = headers.get("content-type") ?? "";
  if (headers.get("x-content-type-options") !== "nosniff") return "the answer may be taken for another type";
  if (status >= 400) {
    const fault = problemFault(status, type, text);
    if (fault) return fault;
  } else if (text !== "" && !typesOf(operation).test(type)) return `it is ${type}`;
  if (whole && !operation.statuses.includes(String(status))) return `the document knows no ${status} of this operation`;
  return null;
}

const HEALTH_EVERY = 500;

export const apiTarget = fuzzTarget<Asked>({
  name: "api",
  holds:
    "any request of any operation gets an answer that its document names: no 500, every refusal a problem document, and the process lives",
  lanes: 4,
  async open() {
    const { folder, remove } = temporaryFolder();
    const receiver = await startHttpReceiver();
    const errors: string[] = [];
    const lines = Object.assign([] as string[], {
      push: (line: string) => (line.includes('"level":50') || line.includes('"level":60') ? errors.push(line) : 0),
    });
    const service = await startTestService(folder, { lines, env: { EGRESS_ALLOW: "127.0.0.0/8" } });
    const pool = new Pool(service.url, { connections: 8, headersTimeout: 25_000, bodyTimeout: 25_000 });
    const known = createKnown();
    const members = knownMembers(receiver.url);
    let asked = 0;
    let restored = 0;
    // Without customers and endpoints most requests would come to nothing.
    const restore = async () => {
      for (const customer of CUSTOMERS) {
        const { status } = await service.call("GET", `/v1/customers/${customer}`);
        if (status === 404) await service.call("PUT", `/v1/customers/${customer}`, {});
      }
      if (known.hasEndpoints()) return;
      // Another case may have taken the customer away meanwhile.
      known.learn(await service.endpoint(receiver.url, { name: `ERP ${++restored}` }).catch(() => ""));
    };
    await restore();
    return {
      values: fc.oneof(
        ...operations.map((operation, at) => ({
          weight: operation.path === "/v1/events" && operation.body ? 8 : operation.method === "DELETE" ? 1 : 2,
          arbitrary: askedOf(operation, at, members),
        })),
      ),
      async check({ operation: index, params, query, contentType, body }) {
        const operation = operations[index] as Operation;
        receiver.received.length = 0;
        const path = known.pathOf(operation, params) + (query ? `?${query}` : "");
        const answer = await pool.request({
          method: operation.method as "GET",
          path,
          headers: {
            authorization: `Bearer ${ADMIN_KEY}`,
            ...(body !== null && contentType !== null ? { "content-type": contentType } : {}),
          },
          body: body === null ? null : Buffer.from(body),
        });
        const text = await answer.body.text();
        const headers = new Headers(answer.headers as Record<string, string>);
        // An empty part makes another address, and the document says nothing of bodies that an operation does not take.
        const whole = params.every(({ text: given }) => given !== "") && (body === null || operation.body !== null);
        const fault = faultOf(operation, answer.statusCode, headers, text, whole);
        if (fault) {
          const said = `${operation.method} ${path} answered ${answer.statusCode}: ${fault}\n${text.slice(0, 1_000)}`;
          throw new Error(`${said}\n${errors.splice(0).join("").slice(0, 3_000)}`);
        }
        if (answer.statusCode < 300) known.learn(text.slice(0, 10_000));
        if (answer.statusCode === 404 || operation.method === "DELETE") known.forget(path);
        if (operation.method === "DELETE" && answer.statusCode === 204) await restore();
        if (++asked % HEALTH_EVERY !== 0) return;
        const { status, body: ready } = await service.call("GET", "/readyz");
        if (status !== 200) throw new Error(`it is not ready any more: ${JSON.stringify(ready)}`);
      },
      async close() {
        await pool.destroy();
        await service.close();
        await receiver.stop();
        remove();
      },
    };
  },
});
