import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { Agent, type Dispatcher } from "undici";
import type { ClientConfig } from "../config.js";
import { ApiError, CliError, EXIT, readProblem } from "./fail.js";

const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
const MAX_PROBLEM_BYTES = 1024 * 1024;
const MAX_KEY_BYTES = 4096;
const PAGE = 500;
const DEFAULT_URL = "http://127.0.0.1:8080";
const WAIT_MS = 120_000;
/** An endpoint may take 600 s for one attempt, and a check makes several steps. */
const LONG_WAIT_MS = 900_000;

export interface Server {
  readonly url: string;
  readonly key: string;
}

interface RequestOptions {
  readonly body?: unknown;
  /** The answer may take as long as an endpoint's own deadline. */
  readonly long?: boolean;
  readonly signal?: AbortSignal;
}

/** Speaks to the API of one server. Every call throws ApiError when it says no, CliError (exit code 3) when it does not answer. */
export interface Client {
  readonly url: string;
  request(method: string, path: string, options?: RequestOptions): Promise<unknown>;
  /** Posts NDJSON and hands each line of the answer over as it comes. */
  postLines(path: string, body: Buffer, onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** Posts nothing but the address, and hands each line of a long answer over as it comes. */
  follow(path: string, onLine: (line: string) => void): Promise<void>;
  /** All items of a paged list. */
  items(path: string, query?: Readonly<Record<string, string>>): AsyncGenerator<Record<string, unknown>>;
  close(): Promise<void>;
}

function readSmall(file: string): string | null {
  if (!existsSync(file)) return null;
  try {
    return readFileSync(file, "utf8").slice(0, MAX_KEY_BYTES).trim();
  } catch (error) {
    throw new CliError(EXIT.usage, `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`, error);
  }
}

function localUrl(dataFolder: string): string | null {
  const text = readSmall(join(dataFolder, "server.json"));
  if (!text) return null;
  try {
    const { url } = JSON.parse(text) as { url?: unknown };
    return typeof url === "string" && URL.canParse(url) ? url : null;
  } catch {
    return null;
  }
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && ["http:", "https:"].includes(new URL(url).protocol)) return url.replace(/\/+$/, "");
  throw new CliError(EXIT.usage, `"${url}" is no address of a server: write it like ${DEFAULT_URL}.`);
}

/**
 * Finds the server and its key: what was given, else the environment, else what the service on this machine wrote beside
 * its database. The key found there goes to the server on this machine only. Throws CliError (exit code 2).
 */
export function findServer(
  given: { url?: string | undefined; key?: string | undefined },
  config: ClientConfig,
): Server {
  const local = localUrl(config.dataFolder) ?? DEFAULT_URL;
  const url = checkedUrl(given.url ?? config.url ?? local);
  const key =
    given.key ?? config.key ?? (url === checkedUrl(local) ? readSmall(join(config.dataFolder, "admin.key")) : null);
  if (key) return { url, key };
  throw new CliError(
    EXIT.usage,
    `There is no key for ${url}. Give it with --key or WAYBELL_KEY, or run this in the folder of the service that runs here (its key lies in ${config.dataFolder}).`,
  );
}

function codeOf(error: unknown): string {
  const { code, cause, message } = error as { code?: unknown; cause?: unknown; message?: unknown };
  if (typeof code === "string") return code;
  return cause === undefined ? String(message) : codeOf(cause);
}

/** The server did not answer, or stopped answering half-way. */
function unreachable(url: string, error: unknown): CliError {
  const code = codeOf(error);
  const hint = code === "ECONNREFUSED" ? " Is it running? It starts with: waybell serve" : "";
  return new CliError(EXIT.unreachable, `The server at ${url} cannot be reached (${code}).${hint}`, error);
}

async function readAll(body: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new CliError(EXIT.refused, `The server's answer is larger than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

function retryAfter(headers: Dispatcher.ResponseData["headers"]): number | null {
  const seconds = Number(headers["retry-after"]);
  return Number.isFinite(seconds) && seconds >= 0 && headers["retry-after"] !== undefined ? seconds * 1000 : null;
}

async function refusal(answer: Dispatcher.ResponseData): Promise<ApiError> {
  const text = await readAll(answer.body, MAX_PROBLEM_BYTES);
  return new ApiError(answer.statusCode, readProblem(parseJson(text)), retryAfter(answer.headers));
}

async function eachLine(body: AsyncIterable<Buffer>, onLine: (line: string) => void): Promise<void> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_PROBLEM_BYTES) throw new CliError(EXIT.refused, "A line of the server's answer is too long.");
    for (const line of lines) if (line.trim() !== "") onLine(line);
  }
  if (rest.trim() !== "") onLine(rest);
}

interface Body {
  readonly content: string | Buffer | null;
  readonly type: string;
}

function ask(agent: Agent, server: Server, method: string, path: string, body: Body, options: RequestOptions) {
  const wait = options.long ? LONG_WAIT_MS : WAIT_MS;
  const target = new URL(server.url + path);
  return agent.request({
    origin: target.origin,
    path: target.pathname + target.search,
    method: method as Dispatcher.HttpMethod,
    headers: {
      authorization: `Bearer ${server.key}`,
      ...(body.content === null ? {} : { "content-type": body.type }),
    },
    body: body.content,
    headersTimeout: wait,
    bodyTimeout: wait,
    signal: options.signal ?? null,
  });
}

async function* pages(
  { url, request }: Pick<Client, "url" | "request">,
  path: string,
  query: Readonly<Record<string, string>>,
) {
  for (let cursor: string | null = null; ; ) {
    const search = new URLSearchParams(cursor === null ? query : { ...query, cursor });
    const page = (await request("GET", `${path}?${search}`)) as { items?: unknown; next?: unknown } | null;
    if (!Array.isArray(page?.items)) {
      throw new CliError(EXIT.refused, `The answer to GET ${path} is no list: is ${url} the address of a Waybell?`);
    }
    yield* page.items as Record<string, unknown>[];
    if (typeof page?.next !== "string" || page.next === cursor) return;
    cursor = page.next;
  }
}

/** A client of one server; `close` ends its connections. */
export function createClient(server: Server): Client {
  const agent = new Agent({ pipelining: 1, allowH2: false, connect: { timeout: 10_000 } });

  async function reached<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw error instanceof CliError ? error : unreachable(server.url, error);
    }
  }

  async function request(method: string, path: string, options: RequestOptions = {}): Promise<unknown> {
    const content = options.body === undefined ? null : JSON.stringify(options.body);
    return reached(async () => {
      const answer = await ask(agent, server, method, path, { content, type: "application/json" }, options);
      if (answer.statusCode >= 300) throw await refusal(answer);
      return parseJson(await readAll(answer.body, MAX_ANSWER_BYTES));
    });
  }

  async function lines(path: string, body: Body, onLine: (line: string) => void, options: RequestOptions) {
    return reached(async () => {
      const answer = await ask(agent, server, "POST", path, body, options);
      if (answer.statusCode >= 300) throw await refusal(answer);
      await eachLine(answer.body, onLine);
    });
  }

  return {
    url: server.url,
    request,
    postLines: (path, content, onLine, signal) =>
      lines(path, { content, type: "application/x-ndjson" }, onLine, { signal }),
    follow: (path, onLine) => lines(path, { content: null, type: "" }, onLine, { long: true }),
    items: (path, query = {}) => pages({ url: server.url, request }, path, { limit: String(PAGE), ...query }),
    close: () => agent.destroy(),
  };
}
