import { Client, Pool, type PoolClient, type PoolConfig } from "pg";
import type { Database } from "./database.js";
import { oneAtATime } from "./one-at-a-time.js";
import { busy, translated } from "./postgres-errors.js";

/** Connections of one process: for sets of rows, for Prisma's model methods, and for locks that last while others work. */
const CONNECTIONS = { road: 6, prisma: 3, locks: 4 } as const;
const CONNECT_MS = 5_000;
/** A connection that says nothing for so long is dead: the network was cut. */
const ANSWER_MS = 20_000;

export interface PostgresTarget {
  readonly url: string;
  readonly schema: string;
}

/** How long a session waits for others, and may keep them waiting. */
export interface SessionBounds {
  /** For a row or an advisory lock; below ANSWER_MS, so that the server ends the wait and says so. */
  readonly lockMs: number;
  /** Between two statements while it holds an advisory lock: what is asked meanwhile on other connections must fit in. */
  readonly idleLockMs: number;
}
export const BOUNDS: SessionBounds = { lockMs: 10_000, idleLockMs: 60_000 };

/**
 * What a process that is frozen, or cut off from the network, holds in the middle of something comes free only when the
 * server ends its session: TCP alone would take hours. The settings of TCP mean nothing on a Unix socket, and do no harm.
 */
const SESSION = {
  idle_in_transaction_session_timeout: 20_000,
  tcp_user_timeout: 20_000,
  tcp_keepalives_idle: 10,
  tcp_keepalives_interval: 5,
  tcp_keepalives_count: 3,
} as const;

const asText = () => (value: string | Buffer) => value;
const PLAIN = { getTypeParser: asText } as PoolConfig["types"];

/** Settings of a session as it starts. A proxy that takes no `options` (PgBouncer) cannot be used without `search_path`. */
function optionsOf(settings: Readonly<Record<string, string | number>>): string {
  const all = Object.entries({ ...SESSION, ...settings });
  return all.map(([name, value]) => `-c ${name}=${String(value).replaceAll(/[\\ ]/g, "\\$&")}`).join(" ");
}

interface PoolSettings extends PoolConfig {
  readonly settings: Readonly<Record<string, number>>;
}

function poolOf({ url, schema }: PostgresTarget, max: number, { settings, ...more }: PoolSettings): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: "waybell",
    options: optionsOf({ search_path: schema, ...settings }),
    ...more,
  });
  // An idle connection that breaks is replaced at the next use.
  pool.on("error", () => {});
  // One that breaks while it is in use fails its queries; without a listener it would end the process as well.
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** The connections that a process keeps. */
export function poolsOf(target: PostgresTarget, { lockMs, idleLockMs }: SessionBounds) {
  const settings = { lock_timeout: lockMs };
  return {
    road: poolOf(target, CONNECTIONS.road, { settings, types: PLAIN, pipeline: true } as PoolSettings),
    prisma: poolOf(target, CONNECTIONS.prisma, { settings }),
    // A session that holds a lock while others work for it is in no transaction, and idle. The pool itself closes one
    // that nobody uses long before the server would.
    locks: poolOf(target, CONNECTIONS.locks, {
      settings: { ...settings, idle_session_timeout: idleLockMs },
      idleTimeoutMillis: idleLockMs / 2,
    }),
  };
}

/**
 * The connection that migrates. Its waiting has no bound: while another process brings many rows to a new schema, this one
 * has nothing better to do, and one that gave up would only be started again. Frozen between two steps, the other loses
 * its lock.
 */
export function migratingClient({ url }: PostgresTarget, { idleLockMs }: SessionBounds): Client {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    options: optionsOf({ lock_timeout: 0, idle_session_timeout: idleLockMs }),
  });
  client.on("error", () => {});
  return client;
}

async function locked(pool: Pool, name: string): Promise<PoolClient> {
  const client = await pool.connect();
  try {
    await client.query("SELECT pg_advisory_lock(hashtextextended($1, 0))", [name]);
    return client;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/**
 * A lock of the database, held by a connection of its own while the work asks on others; first within this process. Who
 * waits longer than `lockMs` is refused: a request that hangs says nothing, and its client asks again anyway.
 */
export function createExclusive(pool: Pool, lockMs: number): Database["exclusive"] {
  const alone = oneAtATime();
  return (name, work) => {
    const begun = performance.now();
    return alone(name, async () => {
      // Each of those who wait in this process would otherwise wait its own time after the others.
      if (performance.now() - begun > lockMs) throw busy(null);
      const client = await locked(pool, name).catch((error) => Promise.reject(translated(error)));
      let broken = true;
      try {
        const result = await work();
        const unlocked = client.query("SELECT pg_advisory_unlock(hashtextextended($1, 0))", [name]);
        // What was done stays done when the session has ended, which gave the lock back.
        broken = await unlocked.then(
          () => false,
          () => true,
        );
        return result;
      } finally {
        // Closing the connection gives the lock back as well.
        client.release(broken);
      }
    });
  };
}
