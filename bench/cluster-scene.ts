import pg from "pg";
import { type PostgresServer, startPostgres } from "../test/servers/postgres.js";
import { type RedisServer, startRedis } from "../test/servers/redis.js";
import { type Child, startChild } from "./child.js";
import { makeFolder } from "./cleanup.js";
import type { Options } from "./options.js";
import type { Target } from "./report.js";
import { addEndpoint } from "./scene.js";
import { type Service, startService } from "./service.js";
import type { SinkCalls } from "./sink.js";

/** ON TIME's document without a comment has 329. */
export const DOCUMENT_BYTES = 350;
/** Requests of an administrator under way at a time. */
const PARALLEL = 8;

/** What one part has found, to be put together with the others. */
export interface Part {
  /** What was measured, it, what it is compared with, their ratio, and the ratio's lowest and highest. */
  readonly rows: readonly (readonly string[])[];
  readonly conditions: readonly string[];
  readonly targets: readonly Target[];
  readonly figures: Readonly<Record<string, unknown>>;
}

export const roundsOf = ({ rounds, quick }: Options): number => rounds ?? (quick ? 3 : 5);

/** Processes that share a database of their own. */
export interface Cluster {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  start(role: "api" | "worker"): Promise<Service>;
  /** Asks its database; the first cell of the first row. */
  ask(sql: string): Promise<unknown>;
}

/** PostgreSQL, Redis and the sink, each in a process of its own. */
export interface ClusterScene {
  readonly redis: RedisServer;
  readonly sink: Child<SinkCalls>;
  /** A new, empty database, and its place in Redis. */
  cluster(name: string): Promise<Cluster>;
  /** URLs of the sink, each with a port of its own, as receivers have hosts of their own. */
  addresses(count: number): Promise<string[]>;
  stop(): Promise<void>;
}

async function askOnce(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

async function clusterOf(postgres: PostgresServer, redisUrl: string, name: string, options: Options): Promise<Cluster> {
  const { cli, profile } = options;
  const databaseUrl = await postgres.createDatabase(name);
  const folder = makeFolder();
  let processes = 0;
  return {
    databaseUrl,
    redisUrl,
    start(role) {
      processes++;
      const part = { name: `${role}-${processes}`, role, databaseUrl, redisUrl };
      return startService({ folder, cli, profile, cluster: part });
    },
    ask: (sql) => askOnce(databaseUrl, sql),
  };
}

export async function openClusterScene(options: Options): Promise<ClusterScene> {
  const sink = startChild<SinkCalls>(new URL("./sink.ts", import.meta.url));
  const [postgres, redis] = await Promise.all([startPostgres({ durable: true }), startRedis({ durable: true })]);
  let clusters = 0;
  return {
    redis,
    sink,
    cluster: (name) => clusterOf(postgres, `${redis.url}/${clusters++}`, name, options),
    async addresses(count) {
      const urls: string[] = [];
      while (urls.length < count) urls.push(`http://127.0.0.1:${await sink.call("listen")}/waybell`);
      return urls;
    },
    async stop() {
      await Promise.all([sink.stop(), postgres.stop(), redis.stop()]);
    },
  };
}

/** Makes a customer with one endpoint for each address; the customers. */
export async function addCustomers(api: Service, urls: readonly string[]): Promise<string[]> {
  const customers = urls.map((_, at) => `customer-${at}`);
  const waiting = [...urls.entries()];
  const loop = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, url] = next;
      await addEndpoint(api, `customer-${at}`, "Receiver", { type: "http-post", url });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, loop));
  return customers;
}
