import { Redis, type RedisOptions } from "ioredis";
import { onceEvery } from "../delivery/once-every.js";
import type { Logger } from "../logger.js";
import type { Clock } from "../types.js";

/** ioredis and BullMQ back off to many seconds: Redis would be back and nobody there. */
const MAX_RETRY_MS = 1_000;
const CONNECT_MS = 5_000;
/** A command of somebody who waits for it is given up after this. */
const COMMAND_MS = 2_000;
/** A connection without any answer for so long is made anew. BullMQ asks Redis to be silent for up to 10 s. */
const SILENCE_MS = 12_000;
const COMPLAIN_MS = 60_000;
const OLDEST = [6, 2] as const;

/** What a connection is for. Only `ask` gives up: its caller has something better to do than to wait. */
export type RedisUse = "ask" | "work" | "listen";

interface Target {
  readonly options: RedisOptions;
  /** Host and port: what may be shown of a URL that holds a password. */
  readonly where: string;
}

/** Reads a `redis://` or `rediss://` URL. The error never shows the URL. */
export function redisTarget(url: string): Target {
  try {
    const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url);
    const db = pathname.slice(1) || (searchParams.get("db") ?? "0");
    if (!/^rediss?:$/.test(protocol) || hostname === "" || !/^\d{1,4}$/.test(db))
      throw new Error("another kind of URL");
    const host = hostname.replace(/^\[|\]$/g, "");
    const options: RedisOptions = {
      host,
      port: Number(port || 6379),
      db: Number(db),
      ...(username === "" ? {} : { username: decodeURIComponent(username) }),
      ...(password === "" ? {} : { password: decodeURIComponent(password) }),
      ...(protocol === "rediss:" ? { tls: {} } : {}),
    };
    return { options, where: `${hostname}:${options.port}` };
  } catch {
    throw new Error("The Redis URL must be like redis://:password@host:6379/0, or rediss:// for TLS.");
  }
}

/** A connection that is made, and made again, in the background, and its copies. */
export interface RedisConnection {
  readonly client: Redis;
  /** Ends it and every copy that was made of it, at once. */
  end(): void;
}

/** Connects for one use. Never throws and never ends the process: its owner watches it. */
export function connectRedis({ options }: Target, use: RedisUse): RedisConnection {
  const settings: RedisOptions & { replyMapping: "legacy" } = {
    ...options,
    // What BullMQ is tested with.
    protocol: 2,
    replyMapping: "legacy",
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), MAX_RETRY_MS),
    ...(use === "ask"
      ? { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: COMMAND_MS }
      : { maxRetriesPerRequest: null }),
  };
  const client = new Redis(settings);
  client.on("error", () => {});
  const all = [client];
  const duplicate = client.duplicate.bind(client);
  // BullMQ makes its blocking connection as a copy, and cannot end it while Redis is away.
  client.duplicate = ((override?: RedisOptions) => {
    const copy = duplicate(override);
    copy.on("error", () => {});
    all.push(copy);
    return copy;
  }) as typeof client.duplicate;
  return {
    client,
    end() {
      for (const one of all) one.disconnect();
    },
  };
}

export interface RedisWatchOptions {
  readonly where: string;
  /** What it means that Redis is away, as the end of a sentence. */
  readonly meaning: string;
  readonly log: Logger;
  readonly clock: Pick<Clock, "monotonic">;
  /** Every connection is there again after one was lost, or could not be made at first. */
  readonly onBack: () => void;
}

/** Watches connections to one Redis: one line when it is lost, one when it is back, and no flood in between. */
export class RedisWatch {
  readonly #options: RedisWatchOptions;
  readonly #clients: Redis[] = [];
  readonly #mayTellLoss: () => boolean;
  readonly #mayComplain: () => boolean;
  #reason = "";
  #lost = false;
  #told = false;
  #ended = false;

  constructor(options: RedisWatchOptions) {
    this.#options = options;
    this.#mayTellLoss = onceEvery(options.clock, COMPLAIN_MS);
    this.#mayComplain = onceEvery(options.clock, COMPLAIN_MS);
  }

  add(client: Redis): void {
    this.#clients.push(client);
    client.on("error", (error: Error) => {
      this.#reason = reasonOf(error);
    });
    client.on("close", () => this.#onLost());
    client.on("ready", () => this.#onReady());
  }

  get ready(): boolean {
    return this.#clients.every(({ status }) => status === "ready");
  }

  state() {
    const { where, meaning } = this.#options;
    if (this.ready) return { ok: true, detail: `Redis at ${where} is connected` };
    return { ok: false, detail: `Redis at ${where} cannot be reached${this.#because()}: ${meaning}` };
  }

  /** Something failed that Redis answered with an error; while it is away that says nothing new. */
  complain(error: unknown, what: string): void {
    if (this.#ended || !this.ready || !this.#mayComplain()) return;
    // Never the error itself: those of Redis carry the command, and that may be the log-in.
    this.#options.log.warn({ redis: this.#options.where, reason: reasonOf(error) }, what);
  }

  end(): void {
    this.#ended = true;
  }

  #because(): string {
    return this.#reason === "" ? "" : ` (${this.#reason})`;
  }

  #onLost(): void {
    if (this.#ended || this.#lost) return;
    this.#lost = true;
    if (!this.#mayTellLoss()) return;
    this.#told = true;
    const { log, where, meaning } = this.#options;
    log.warn({ redis: where, reason: this.#reason || "the connection was closed" }, `Redis is lost: ${meaning}`);
  }

  #onReady(): void {
    if (this.#ended || !this.#lost || !this.ready) return;
    const { log, where, onBack } = this.#options;
    this.#lost = false;
    this.#reason = "";
    if (this.#told) log.info({ redis: where }, "Redis is back");
    this.#told = false;
    onBack();
  }
}

/** An error's text. ECONNREFUSED on several addresses has none of its own. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
}

/** Whether a command was given up because no answer came in time. ioredis says so in words alone. */
export function isLate(error: Error): boolean {
  return error.message === "Command timed out";
}

/** What is wrong with how a Redis is set up, in sentences. Throws where it may not be asked. */
async function faultsOf(client: Redis): Promise<string[]> {
  const info = await client.info();
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
  const version = field("redis_version") ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  const policy = field("maxmemory_policy");
  const faults: string[] = [];
  if (isOld && field("valkey_version") === undefined)
    faults.push(`Redis ${version} is too old: Waybell needs 6.2 or newer, or Valkey`);
  if (policy !== undefined && policy !== "noeviction")
    faults.push(`Redis throws data away when its memory is full: set maxmemory-policy to noeviction (it is ${policy})`);
  if (field("aof_enabled") === "0")
    faults.push("Redis may lose what was added to it when it stops: set appendonly to yes");
  return faults;
}

/** Looks once how Redis is set up, when it is first there, and warns of what endangers what is in it. */
export function warnOfSettings(client: Redis, where: string, log: Logger): void {
  const look = async () => {
    try {
      for (const fault of await faultsOf(client)) log.warn({ redis: where }, fault);
    } catch (error) {
      log.debug({ redis: where, reason: reasonOf(error) }, "Redis does not tell how it is set up");
    }
  };
  if (client.status === "ready") void look();
  else client.once("ready", () => void look());
}

/** Resolves when `work` does, or after `ms`, whatever came of it. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
