import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const KEY = "test-key-0123456789";

/** What the fake remembers of one published event. */
interface Stored {
  readonly event: Record<string, unknown>;
  readonly times: number;
}

export interface FakeApi {
  readonly url: string;
  /** By customer and id. */
  readonly events: Map<string, Stored>;
  /** Lines of each request to publish, in the order in which they came. */
  readonly requests: number[];
  /** Set to change how the next requests are answered. */
  behaviour: {
    /** Faulty fields of an event, none to take it. */
    refuse(event: Record<string, unknown>): { path: string; message: string }[];
    /** HTTP statuses for the next requests to publish, used up from the front. */
    failures: { status: number; headers?: Record<string, string> }[];
    /** Cuts the connection of the next request after so many result lines. */
    cutAfter: number | null;
    /** Largest body of one request to publish, in bytes. */
    maxBytes: number;
    /** Awaited before each request to publish is answered. */
    before(): Promise<void>;
  };
  /** Answers any other route. */
  routes: Map<string, (body: unknown, url: URL) => unknown>;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Thrown by a route: how it says no. */
export class FakeProblem extends Error {
  readonly status: number;
  readonly errors: { path: string; message: string }[];

  constructor(status: number, errors: { path: string; message: string }[]) {
    super("Faulty.");
    this.status = status;
    this.errors = errors;
  }
}

function problem(
  response: ServerResponse,
  status: number,
  detail: string,
  headers: Record<string, string> = {},
  errors: FakeProblem["errors"] = [],
): void {
  response.writeHead(status, { "content-type": "application/problem+json", ...headers });
  response.end(JSON.stringify({ title: "Refused", status, detail, errors }));
}

/** The part of the API that the command line needs, in memory. */
export async function startFakeApi(): Promise<FakeApi> {
  const events = new Map<string, Stored>();
  const requests: number[] = [];
  const routes: FakeApi["routes"] = new Map();
  const behaviour: FakeApi["behaviour"] = {
    refuse: () => [],
    failures: [],
    cutAfter: null,
    maxBytes: Number.POSITIVE_INFINITY,
    before: async () => {},
  };

  function publishLine(line: string, number: number): string {
    const event = JSON.parse(line) as Record<string, unknown>;
    const errors = behaviour.refuse(event);
    if (errors.length > 0) {
      return JSON.stringify({ line: number, status: 422, error: { title: "Faulty input", detail: "Faulty.", errors } });
    }
    const key = `${event.customer}/${event.id}`;
    const known = events.get(key);
    events.set(key, { event, times: (known?.times ?? 0) + 1 });
    const deliveries = known ? 0 : 2;
    return JSON.stringify({ line: number, status: 202, id: `evt_${key}`, duplicate: known !== undefined, deliveries });
  }

  async function publish(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const lines = body.split("\n").filter((line) => line !== "");
    requests.push(lines.length);
    await behaviour.before();
    const failure = behaviour.failures.shift();
    if (failure) return problem(response, failure.status, "Not now.", failure.headers);
    if (Buffer.byteLength(body) > behaviour.maxBytes) return problem(response, 413, "The request is too large.");
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    const cut = behaviour.cutAfter;
    behaviour.cutAfter = null;
    for (const [at, line] of lines.entries()) {
      if (at === cut) return void response.write("", () => response.destroy());
      response.write(`${publishLine(line, at + 1)}\n`);
    }
    response.end(`${JSON.stringify({ summary: { lines: lines.length } })}\n`);
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://fake");
    if (request.headers.authorization !== `Bearer ${KEY}`) return problem(response, 401, "A key is needed.");
    if (request.method === "POST" && url.pathname === "/v1/events") return publish(request, response);
    const route = routes.get(`${request.method} ${url.pathname}`);
    const body = await readBody(request);
    if (!route) return problem(response, 404, `There is no ${url.pathname}.`);
    let answer: unknown;
    try {
      answer = route(body === "" ? undefined : JSON.parse(body), url);
    } catch (error) {
      if (error instanceof FakeProblem) return problem(response, error.status, error.message, {}, error.errors);
      throw error;
    }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  routes.set("GET /v1/customers", () => ({ items: [], next: null }));
  return {
    url: `http://127.0.0.1:${port}`,
    events,
    requests,
    behaviour,
    routes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Collects what a command writes. */
export function capture(isTTY = false, columns = 100) {
  let text = "";
  return {
    isTTY,
    columns,
    write(part: string) {
      text += part;
      return true;
    },
    text: () => text,
  };
}
