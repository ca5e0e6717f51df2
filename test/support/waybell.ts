import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pino } from "pino";
import { Agent, request } from "undici";
import { startService } from "../../src/app.js";
import { readConfig } from "../../src/config.js";

const KEY = "the-key-of-this-test-run";
const LOOK_AGAIN_MS = 250;

/** An answer of the API, its JSON read. */
interface ApiAnswer<T> {
  readonly status: number;
  readonly contentType: string;
  readonly body: T;
}

/** A delivery as `GET /v1/deliveries` shows it. */
export interface ShownDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly order: string;
  readonly state: string;
  readonly reason: string;
  readonly fault: string | null;
  readonly lastError: string;
  readonly attempts: number;
  readonly fileName: string | null;
  readonly event: { readonly statusCode: string; readonly externalId: string | null };
}

/** One try, as `GET /v1/deliveries/{id}` shows it. */
export interface ShownAttempt {
  readonly durationMs: number;
  readonly outcome: string;
  readonly fault: string | null;
  readonly code: string;
  readonly detail: string;
  readonly response: string;
  readonly late: boolean;
  readonly sent: { readonly body: string; readonly bytes: number; readonly fileName: string | null } | null;
}

type DeliveryInFull = ShownDelivery & { readonly attemptList: readonly ShownAttempt[] };

/** The whole service on a temporary folder, spoken to by its API alone. */
export interface Waybell {
  readonly url: string;
  /** Any operation; what it answers, whatever the status. `body` goes as JSON, a string as it is. */
  call<T = unknown>(method: string, path: string, body?: unknown): Promise<ApiAnswer<T>>;
  /** Makes or replaces a customer. */
  putCustomer(id: string, input?: object): Promise<void>;
  /** Makes an endpoint of ON TIME's template; resolves with its id. */
  addEndpoint(customer: string, setting: object): Promise<string>;
  /** Publishes an array of events; throws unless all are taken. */
  publish(events: readonly object[]): Promise<{ id: string; deliveries: number }[]>;
  /** All deliveries that fit the filter (`customer=acme&state=pending`), oldest first. */
  deliveries(filter: string): Promise<ShownDelivery[]>;
  delivery(id: string): Promise<DeliveryInFull>;
  /** Waits until all deliveries that fit are delivered and they are `count`; says which are not when it takes too long. */
  allDelivered(filter: string, count: number, ms?: number): Promise<ShownDelivery[]>;
  close(): Promise<void>;
}

/** What `look` returns once it is neither undefined nor false; throws when that takes longer than `ms`. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 30_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await pause(LOOK_AGAIN_MS);
  }
}

const told = ({ order, state, fault, attempts, lastError, fileName }: ShownDelivery) =>
  JSON.stringify({ order, state, fault, attempts, lastError, fileName });

function clientOf(url: string, agent: Agent) {
  return async function call<T>(method: string, path: string, body?: unknown): Promise<ApiAnswer<T>> {
    const {
      statusCode,
      headers,
      body: answer,
    } = await request(url + path, {
      method: method as "GET",
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined || typeof body === "string" ? (body ?? null) : JSON.stringify(body),
      dispatcher: agent,
    });
    const text = await answer.text();
    const read = text === "" ? undefined : JSON.parse(text);
    return { status: statusCode, contentType: String(headers["content-type"]), body: read as T };
  };
}

/** Of the log: what says more of an answer that names an incident. */
const incidentOf = (body: unknown, errors: readonly string[]): string => {
  const { incident } = (body ?? {}) as { incident?: string };
  return incident === undefined ? "" : `\n${errors.filter((line) => line.includes(incident)).join("")}`;
};

function waybellOf(url: string, agent: Agent, errors: readonly string[], close: () => Promise<void>): Waybell {
  const call = clientOf(url, agent);
  const expectStatus = async <T>(status: number, ...args: Parameters<typeof call>): Promise<T> => {
    const answer = await call<T>(...args);
    if (answer.status === status) return answer.body;
    const answered = `${JSON.stringify(answer.body).slice(0, 2000)}${incidentOf(answer.body, errors)}`;
    throw new Error(`${args[0]} ${args[1]} answered ${answer.status}: ${answered}`);
  };
  const deliveries = async (filter: string) => {
    const found: ShownDelivery[] = [];
    for (let cursor = ""; ; ) {
      const path = `/v1/deliveries?limit=500&${filter}${cursor && `&cursor=${cursor}`}`;
      const { items, next } = await expectStatus<{ items: ShownDelivery[]; next: string | null }>(200, "GET", path);
      found.push(...items);
      if (next === null) return found.reverse();
      cursor = next;
    }
  };
  return {
    url,
    call,
    async putCustomer(id, input = {}) {
      const { status, body } = await call("PUT", `/v1/customers/${id}`, input);
      if (status > 201) throw new Error(JSON.stringify(body));
    },
    async addEndpoint(customer, setting) {
      const whole = { template: { name: "ontime" }, ...setting };
      return (await expectStatus<{ id: string }>(201, "POST", `/v1/customers/${customer}/endpoints`, whole)).id;
    },
    publish: (events) => expectStatus(202, "POST", "/v1/events", events),
    deliveries,
    delivery: (id) => expectStatus(200, "GET", `/v1/deliveries/${id}`),
    async allDelivered(filter, count, ms = 30_000) {
      // The whole list costs the service time that it would spend on delivering.
      const none = async (state: string) => {
        const path = `/v1/deliveries?limit=1&state=${state}&${filter}`;
        return (await expectStatus<{ items: unknown[] }>(200, "GET", path)).items.length === 0;
      };
      // Pending is asked for twice: a send that fails between the two questions makes it pending again.
      const over = async () => (await none("pending")) && (await none("sending")) && (await none("pending"));
      const late = await eventually(filter, over, ms).catch((error: Error) => error);
      const all = await deliveries(filter);
      const others = all.filter(({ state }) => state !== "delivered");
      if (all.length === count && others.length === 0) return all;
      const why = late instanceof Error ? late.message : "all have ended";
      const list = others.slice(0, 20).map(told).join("\n");
      throw new Error(`${all.length - others.length} of ${count} were delivered (${why}), not delivered:\n${list}`);
    },
    close,
  };
}

/** Starts the service in this process; `env` is added to its environment. */
export async function startWaybell(env: Readonly<Record<string, string>> = {}): Promise<Waybell> {
  const folder = mkdtempSync(join(tmpdir(), "waybell-service-"));
  const config = readConfig({
    PORT: "0",
    DATABASE_URL: `file:${join(folder, "waybell.db")}`,
    ADMIN_KEY: KEY,
    EGRESS_ALLOW: "127.0.0.0/8",
    ...env,
  });
  const errors: string[] = [];
  const log = pino({ level: "error", base: null }, { write: (line) => void errors.push(line) });
  const service = await startService(config, { log });
  const agent = new Agent();
  return waybellOf(service.url, agent, errors, async () => {
    await agent.destroy();
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  });
}
