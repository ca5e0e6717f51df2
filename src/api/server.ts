import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { Problem } from "../schemas/problem.js";
import type { Clock } from "../types.js";
import { IDLE_MS } from "./body.js";
import { boundConnections } from "./client-connections.js";
import { PROBLEM_TYPE, type ProblemContext, problemOf, RefusalError } from "./problems.js";

/** From the connection, or the answer before, to the end of a request's headers: a drip of bytes does not make it longer. */
const HEADERS_TIMEOUT_MS = 15_000;
const CHECKED_EVERY_MS = 5000;
/** How long a connection between two requests is kept. */
const KEEP_ALIVE_MS = 72_000;
/** How long what a refused client still sends is read and dropped, so that it can see the answer. */
const DRAIN_MS = 10_000;
const MAX_CONNECTIONS = 4096;
/** Longer than any name with every byte written as %XX. */
const MAX_PARAM_LENGTH = 4000;

/** How long a client may take for its headers, and how many connections it may have. */
export interface ConnectionBounds {
  readonly headersMs?: number;
  readonly perClient?: number;
}

export interface ServerOptions {
  readonly clock: Clock;
  readonly maxRequestBytes: number;
  /** Proxies whose X-Forwarded-For is believed; of everybody else the connection's address counts. */
  readonly trustProxy: readonly string[];
  /** Other bounds, for tests. */
  readonly connections?: ConnectionBounds | undefined;
  /** The refusal of an address that no route has. */
  notFound(request: FastifyRequest): RefusalError;
  problemContext(request: FastifyRequest): ProblemContext;
  /** The refusal as an HTML page, for browsers; null: the request did not come from one. */
  readonly problemPage?:
    | ((problem: Problem, request: FastifyRequest, reply: FastifyReply) => Promise<string> | null)
    | undefined;
}

/** A problem document of what Fastify never gets to see. */
function plainProblem(status: number, code: string, detail: string): string {
  const title = STATUS_CODES[status] ?? "";
  return JSON.stringify({ type: "urn:waybell:problem:malformed", title, status, detail, code, errors: [] });
}

/** Answers an `Expect` other than `100-continue`; Node would answer it with nothing. */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const body = plainProblem(417, "malformed", "Of Expect only 100-continue is known: leave it out.");
  response.writeHead(417, {
    "content-type": PROBLEM_TYPE,
    "content-length": Buffer.byteLength(body),
    connection: "close",
  });
  response.end(body);
}

/** Answers what is no HTTP, or came too slowly to be a request. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  // After earlier answers nobody can say where the next one would begin.
  if (socket.destroyed || socket.bytesWritten > 0 || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400;
  const title = STATUS_CODES[status] ?? "";
  const detail = status === 408 ? "The headers did not arrive in time." : "This is no valid HTTP request.";
  const body = plainProblem(status, status === 408 ? "timeout" : "malformed", detail);
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function drain(request: FastifyRequest, reply: FastifyReply, clock: Clock): void {
  const { raw } = request;
  if (raw.complete !== false || reply.statusCode === 408) return;
  // Closing at once would reset the connection under a client that is still sending, and lose it the answer.
  reply.removeHeader("connection");
  const cancel = clock.after(DRAIN_MS, () => {
    if (!raw.complete) raw.socket.destroy();
  });
  raw.once("close", cancel);
}

/** Sends any error as its problem document. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: ServerOptions,
): void {
  const { body, headers } = problemOf(error, options.problemContext(request));
  reply.code(body.status);
  drain(request, reply, options.clock);
  reply.headers(headers).header("cache-control", "no-store");
  const asDocument = () => void reply.type(PROBLEM_TYPE).send(JSON.stringify(body));
  const page = options.problemPage?.(body, request, reply) ?? null;
  if (page === null) asDocument();
  else page.then((html) => void reply.type("text/html; charset=utf-8").send(html), asDocument);
}

/** A Fastify with bounds on everything that a client can stretch, whose every refusal is a problem document. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { headersMs = HEADERS_TIMEOUT_MS, perClient } = options.connections ?? {};
  const app: FastifyInstance = fastify({
    logger: false,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.maxRequestBytes,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      headersTimeout: headersMs,
      connectionsCheckingInterval: Math.min(CHECKED_EVERY_MS, headersMs),
      // Node would refuse what has no Host itself, with an empty answer.
      requireHostHeader: false,
    },
    // Whole-request timers would end NDJSON of any length; `readBody` and the socket's idle time bound the rest.
    requestTimeout: 0,
    // Never `true`: then any client could name any address, and be throttled under a new one each time.
    trustProxy: options.trustProxy.length > 0 ? [...options.trustProxy] : false,
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => refuseConnection(error, socket),
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply, options),
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.server.on("checkExpectation", refuseExpectation);
  boundConnections(app.server, options.trustProxy, perClient);
  app.removeAllContentTypeParsers();
  app.setErrorHandler((error: FastifyError, request, reply) => sendProblem(error, request, reply, options));
  app.setNotFoundHandler((request, reply) => sendProblem(options.notFound(request), request, reply, options));
  app.addHook("onRequest", (request, _reply, done) => {
    // RFC 9112, section 3.2: from HTTP/1.1 on it must be there.
    const needsHost = request.raw.httpVersion === "1.1" && request.headers.host === undefined;
    done(needsHost ? new RefusalError(400, "malformed", "The header Host is missing.") : undefined);
  });
  app.addHook("onRequest", (request, _reply, done) => {
    // Before its body is read: nobody without a key may fill the memory through an address that does not exist.
    done(request.is404 ? options.notFound(request) : undefined);
  });
  app.addHook("onSend", (request, reply, payload, done) => {
    reply.header("x-content-type-options", "nosniff");
    // A client that does not read its answer must not keep it in memory; Node sets its own time when the answer is out.
    request.raw.socket?.setTimeout?.(reply.idleMs ?? IDLE_MS);
    done(null, payload);
  });
  return app;
}
