import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "../logger.js";
import { refusal } from "../schemas/rules/rules.js";
import type { Clock } from "../types.js";
import { createAuthentication, type Principal } from "./authentication.js";
import { announcedLength, readBody } from "./body.js";
import { BodyBudget } from "./body-budget.js";
import { parseJson } from "./json.js";
import { NDJSON } from "./ndjson.js";
import { openApiDocument } from "./openapi.js";
import type { Answer, Operation } from "./operation.js";
import { operationsOf } from "./operations.js";
import { busy, type ProblemContext, RefusalError } from "./problems.js";
import { addPublishingSpans } from "./publishing-span.js";
import { serviceOperations } from "./routes/service.js";
import { createOperations, createRun, type Operations, type Run } from "./run.js";
import { type ConnectionBounds, createServer, type ServerOptions } from "./server.js";
import type { ApiServices } from "./services.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Bytes of the body, held in the budget until the request is answered. */
    bodyBytes: number;
    /** Who makes the request; null until its key was looked at, and where none is needed. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    bodyBound?: BodyBound;
  }
  interface FastifyReply {
    /** How long the connection may be silent while this answer is sent; null: as usual. */
    idleMs: number | null;
  }
}

/** A stream is silent while neither side moves: longer than a short answer may be. */
const STREAM_IDLE_MS = 120_000;

/** What is answered later than this after the stop began is cut off. */
const STOP_MS = 3000;

const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="40"><text x="0" y="29" font-family="sans-serif" font-size="28" font-weight="bold" fill="#fff">Waybell</text></svg>';

export interface ApiOptions {
  readonly adminKey: string;
  /** Opens `/metrics` and nothing else; null: only the admin key does. */
  readonly metricsKey?: string | null;
  /** Requests a second of one key in this process; 0 or left out: any number. */
  readonly requestsPerSecond?: number;
  /** Proxies whose X-Forwarded-For is believed: addresses and networks. */
  readonly trustProxy?: readonly string[];
  /** Other bounds of its connections, for tests. */
  readonly connections?: ConnectionBounds;
  readonly logger: Logger;
  readonly maxRequestBytes: number;
  readonly maxEventBytes: number;
  readonly version: string;
  /** Where people reach the service; null: as it listens. */
  readonly publicUrl: string | null;
  /** `/healthz`, `/readyz` and `/metrics` alone: this process takes no events in. */
  readonly serviceOnly?: boolean;
  /** Adds the pages to the same server: they call the operations of the API. */
  readonly pages?: ((app: FastifyInstance, operations: Operations) => Promise<void>) | undefined;
  /** The refusal as a page, for browsers; null: the request did not come from one. */
  readonly problemPage?: ServerOptions["problemPage"];
}

/** The most that a body may have which holds no events: a setting, an order, a filter. */
const SETTING_BYTES = 4 * 1024 * 1024;

interface BodyBound {
  readonly maxBytes: number;
  readonly hint: string;
}

const FOR_REQUESTS =
  ". Send it in parts or as application/x-ndjson, which may be of any length, or raise MAX_REQUEST_MIB.";

/** How large the body of an operation may be, whatever its key. */
function boundOf({ body }: Operation, { maxRequestBytes, maxEventBytes }: ApiOptions): BodyBound {
  if (body?.most === "request") return { maxBytes: maxRequestBytes, hint: FOR_REQUESTS };
  const wanted = body?.most === "event" ? maxEventBytes + SETTING_BYTES : SETTING_BYTES;
  return { maxBytes: Math.min(maxRequestBytes, wanted), hint: ", the most for this address." };
}

const fastifyPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

/** Says of an address without a route which methods it has, or where to look. */
function createNotFound(operations: readonly Operation[]) {
  const known = operations.map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}/?$`),
  }));
  return (request: FastifyRequest): RefusalError => {
    const [path = ""] = request.url.split("?", 1);
    const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    if (methods.length === 0 || methods.includes(request.method as Operation["method"])) {
      return new RefusalError(404, "not_found", refusal("no_address"));
    }
    const allow = methods.join(", ");
    return new RefusalError(405, "method_not_allowed", refusal("no_method", { methods: allow }), { allow });
  };
}

/** Who nobody needs to be. */
const ANYONE: Principal = { keyId: "", keyName: "", role: "producer", customer: null, address: "", requireKey() {} };

interface OperationParts {
  readonly run: Run;
  readonly options: ApiOptions;
  authenticate(request: FastifyRequest, operation: Operation): Principal;
}

function addOperation(app: FastifyInstance, operation: Operation, parts: OperationParts): void {
  const { run, authenticate, options } = parts;
  app.route({
    method: operation.method,
    config: { bodyBound: boundOf(operation, options) },
    url: fastifyPath(operation.path),
    ...(operation.access === "anyone"
      ? {}
      : {
          onRequest(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void) {
            request.principal = authenticate(request, operation);
            done();
          },
        }),
    async handler(request, reply) {
      const given = request as FastifyRequest<{ Params: Record<string, string>; Querystring: Record<string, string> }>;
      const asked = { params: given.params, query: given.query, body: request.body };
      const answer = await run(asked, request.principal ?? ANYONE, request);
      return sendAnswer(reply, answer);
    },
  });
}

/** Sends what an operation answers; a stream may be silent for longer than a short answer. */
export function sendAnswer(reply: FastifyReply, { status, body, contentType, fileName }: Answer): FastifyReply {
  reply.code(status).header("cache-control", "no-store");
  if (contentType !== undefined) {
    reply.idleMs = STREAM_IDLE_MS;
    if (fileName !== undefined) reply.header("content-disposition", `attachment; filename="${fileName}"`);
    return reply.type(contentType).send(body);
  }
  if (body === undefined) return reply.send();
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(body));
}

function addBodies(app: FastifyInstance, budget: BodyBudget, services: ApiServices, options: ApiOptions): void {
  const limits = { maxBytes: options.maxRequestBytes, hint: FOR_REQUESTS, budget, clock: services.clock };
  app.decorateRequest("bodyBytes", 0);
  app.decorateRequest("principal", null);
  app.decorateReply("idleMs", null);
  app.addHook("preParsing", (request, _reply, payload, done) => {
    const encoding = request.headers["content-encoding"];
    const refused = encoding !== undefined && encoding !== "identity";
    const detail = "Bodies are taken without Content-Encoding only.";
    done(refused ? new RefusalError(415, "unsupported_media_type", detail) : null, payload);
  });
  app.addContentTypeParser("application/json", async (request: FastifyRequest) => {
    const { bytes, reserved } = await readBody(request.raw, announcedLength(request.raw), {
      ...limits,
      ...request.routeOptions.config.bodyBound,
    });
    request.bodyBytes = reserved;
    return bytes.length === 0 ? undefined : parseJson(bytes);
  });
  app.addHook("onResponse", (request, _reply, done) => {
    if (request.bodyBytes > 0) budget.give(request.bodyBytes);
    request.bodyBytes = 0;
    done();
  });
}

/** Lets what is under way end when the service stops, for a bounded time, and takes nothing new. */
function addStop(app: FastifyInstance, stopping: AbortController, clock: Clock): void {
  let cancel = () => {};
  app.addHook("preClose", (done) => {
    stopping.abort();
    cancel = clock.after(STOP_MS, () => app.server.closeAllConnections());
    done();
  });
  app.addHook("onClose", (_app, done) => {
    cancel();
    done();
  });
  app.addHook("onRequest", (_request, reply, done) => {
    if (!stopping.signal.aborted) return done();
    reply.header("connection", "close");
    done(busy(refusal("stopping")));
  });
  app.addHook("onResponse", (request, _reply, done) => {
    done();
    if (!stopping.signal.aborted) return;
    // A client that is still sending, or would send more, is not waited for.
    if (request.raw.complete === false) request.raw.socket.destroySoon();
    setImmediate(() => app.server.closeIdleConnections());
  });
}

async function addDocuments(app: FastifyInstance, document: object): Promise<void> {
  const text = JSON.stringify(document);
  app.get("/openapi.json", (_request, reply) => reply.type("application/json; charset=utf-8").send(text));
  await app.register(swagger, { mode: "static", specification: { document: document as never } });
  const logo = { type: "image/svg+xml", content: Buffer.from(LOGO), href: "/docs/" };
  await app.register(swaggerUi, { routePrefix: "/docs", staticCSP: DOCS_CSP, theme: { title: "Waybell API" }, logo });
}

/** The HTTP API over the parts that are handed in; not listening yet. `close` waits for the requests under way. */
export async function createApi(services: ApiServices, options: ApiOptions): Promise<FastifyInstance> {
  const { logger, maxRequestBytes, maxEventBytes } = options;
  const { clock, publisher } = services;
  const budget = new BodyBudget(2 * maxRequestBytes, clock);
  const stopping = new AbortController();
  const problemContext = (request: FastifyRequest): ProblemContext => ({
    logger,
    maxRequestBytes,
    route: `${request.method} ${request.routeOptions?.url ?? "?"}`,
  });
  const publishing = {
    publisher,
    budget,
    clock,
    logger,
    maxEventBytes,
    problems: { logger, maxRequestBytes, route: "POST /v1/events" },
    stopping: stopping.signal,
    bytesOf: (request: FastifyRequest) => request.bodyBytes,
  };
  const operations = options.serviceOnly
    ? serviceOperations(services, options.version)
    : operationsOf(services, options.version, publishing);
  const { adminKey, metricsKey = null, requestsPerSecond = 0, trustProxy = [], connections } = options;
  const notFound = createNotFound(operations);
  const { problemPage } = options;
  const app = createServer({ clock, maxRequestBytes, notFound, problemContext, trustProxy, connections, problemPage });
  const { keys } = services;
  const authenticate = createAuthentication({ adminKey, metricsKey, keys, requestsPerSecond, clock, logger });
  const runs = new Map(operations.map((operation) => [operation, createRun(operation, services, logger)]));
  addStop(app, stopping, clock);
  addBodies(app, budget, services, options);
  await addDocuments(app, openApiDocument(operations, options));
  await options.pages?.(app, createOperations(runs));
  for (const [operation, run] of runs) {
    const parts = { run, options, authenticate };
    if (operation.id !== "publishEvents") addOperation(app, operation, parts);
    else {
      await app.register(async (scope) => {
        addPublishingSpans(scope, clock);
        scope.addContentTypeParser(NDJSON, (request, _payload, done) => done(null, request.raw));
        addOperation(scope, operation, parts);
      });
    }
  }
  return app;
}
