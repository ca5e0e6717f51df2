import { type PostgresPlace, type PostgresServer, startPostgres } from "../servers/postgres.js";
import { type RedisServer, startRedis } from "../servers/redis.js";
import { type HttpReceiver, startHttpReceiver } from "./http-receiver.js";
import { killAll, type Served, serveWith } from "./serve.js";
import { ADMIN_KEY, type ApiAnswer, callApi, until } from "./service.js";

type Role = "all" | "api" | "worker";

/** A request that arrived, as far as it matters who sent what when. */
export interface Arrival {
  readonly order: string;
  readonly path: string;
  readonly webhookId: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** On this process's monotonic clock. */
  readonly at: number;
}

/** A PostgreSQL, a Redis, a receiver, and as many processes of the built service as a test starts. */
export interface Cluster {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly receiver: HttpReceiver;
  readonly databaseUrl: string;
  /** What has arrived, in its order. */
  readonly arrivals: Arrival[];
  /** How long the receiver thinks, in ms. */
  answerAfter: number;
  /** Requests at the receiver now, and the most that there were at a time. */
  readonly atOnce: { now: number; most: number };
  start(role: Role, env?: Readonly<Record<string, string>>, ...args: string[]): Promise<Served>;
  /** Makes the customer with an endpoint that posts to `path` of the receiver; its id. */
  endpoint(api: Served, path: string, more?: Record<string, unknown>): Promise<string>;
  /** Publishes these orders as one request; nobody may be there to answer. */
  publish(api: Served, orders: readonly string[]): Promise<ApiAnswer<unknown> | null>;
  states(api: Served): Promise<Record<string, number>>;
  close(): Promise<void>;
}

const EVENT = { customer: "acme", statusCode: "take", statusTime: "2026-01-02T03:04:05Z" };

interface ClusterOptions {
  /** The database survives being killed. */
  readonly durable?: boolean;
  /** Where the database has its files. */
  readonly place?: PostgresPlace;
}

export async function openCluster({ durable = false, place }: ClusterOptions = {}): Promise<Cluster> {
  const [postgres, redis, receiver] = await Promise.all([
    startPostgres({ durable, ...(place ? { place } : {}) }),
    startRedis(),
    startHttpReceiver(),
  ]);
  const databaseUrl = await postgres.createDatabase("waybell");
  const arrivals: Arrival[] = [];
  const atOnce = { now: 0, most: 0 };
  receiver.answer = ({ url, body, headers }, response) => {
    const document = JSON.parse(body.toString()) as { order: string };
    const { order } = document;
    const at = performance.now();
    arrivals.push({ order, path: url, webhookId: String(headers["webhook-id"]), body: document, at });
    atOnce.most = Math.max(atOnce.most, ++atOnce.now);
    response.on("close", () => atOnce.now--);
    setTimeout(() => response.writeHead(200).end("ok"), cluster.answerAfter);
  };
  const environment = {
    PORT: "0",
    ADMIN_KEY,
    SECRETS_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
    EGRESS_ALLOW: "127.0.0.0/8",
    LOG_LEVEL: "warn",
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    PATH: process.env.PATH ?? "",
  };
  const cluster: Cluster = {
    postgres,
    redis,
    receiver,
    databaseUrl,
    arrivals,
    atOnce,
    answerAfter: 0,
    start: (role, env = {}, ...args) => serveWith(["--role", role, ...args], { ...environment, ...env }),
    async endpoint({ url }, path, more = {}) {
      await callApi(url, "PUT", "/v1/customers/acme", {});
      const { status, body } = await callApi<{ id: string }>(url, "POST", "/v1/customers/acme/endpoints", {
        name: path,
        transport: { type: "http-post", url: `${receiver.url}${path}` },
        template: { name: "ontime" },
        ...more,
      });
      if (status !== 201) throw new Error(`no endpoint: ${JSON.stringify(body)}`);
      return body.id;
    },
    publish: ({ url }, orders) =>
      callApi<unknown>(
        url,
        "POST",
        "/v1/events",
        orders.map((order) => ({ ...EVENT, order })),
      ).catch(() => null),
    async states({ url }) {
      const counts: Record<string, number> = {};
      for (const state of ["pending", "sending", "delivered", "failed", "canceled"]) {
        const { body } = await callApi<{ items: unknown[] }>(url, "GET", `/v1/deliveries?state=${state}&limit=500`);
        counts[state] = body.items.length;
      }
      return counts;
    },
    async close() {
      await killAll();
      await Promise.all([receiver.stop(), redis.stop(), postgres.stop()]);
    },
  };
  return cluster;
}

/** Ids under which each order has arrived at each path. */
export function idsByOrder(arrivals: readonly Arrival[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { order, path, webhookId } of arrivals) {
    const key = `${order}${path}`;
    ids.set(key, [...(ids.get(key) ?? []), webhookId]);
  }
  return ids;
}

/** Waits until each of the orders has arrived at each path. */
export async function allArrive(cluster: Cluster, orders: Iterable<string>, paths: readonly string[], ms: number) {
  const wanted = [...orders].flatMap((order) => paths.map((path) => `${order}${path}`));
  const missing = () => {
    const seen = new Set(cluster.arrivals.map(({ order, path }) => `${order}${path}`));
    return wanted.filter((key) => !seen.has(key));
  };
  await until(() => missing().length === 0, ms, "the arrival of everything").catch((error: Error) => {
    throw new Error(`${error.message}; ${missing().length} of ${wanted.length} are missing: ${missing().slice(0, 5)}`);
  });
}
