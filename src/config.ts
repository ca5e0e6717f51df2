import { isAbsolute, join, resolve } from "node:path";
import { type OidcConfig, readOidc } from "./config-oidc.js";
import { checkedList, isAddress, isNetwork, list, mailFrom, url, wholeNumber } from "./config-values.js";
import { isEgressEntry } from "./transports/address-guard.js";
import { parseEgressProxy } from "./transports/egress-proxy.js";
import type { EgressProxy } from "./transports/transport.js";

/** Everything that the environment decides, checked and with its defaults. */
export interface Config {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** `file`: absolute path. `url`: with the password, for PostgreSQL alone. */
  readonly database:
    | { readonly kind: "sqlite"; readonly file: string }
    | { readonly kind: "postgresql"; readonly url: string };
  /** Where wake-ups go from process to process; null: there is one process. */
  readonly redisUrl: string | null;
  /** The folder of a SQLite file: the keys made at the first start and `server.json` lie there too. */
  readonly dataFolder: string;
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly alertTo: readonly string[];
  /** null: one is made at the first start. */
  readonly adminKey: string | null;
  /** Opens `/metrics` alone; null: the admin key does. */
  readonly metricsKey: string | null;
  /** `id:base64,…`, the first is the active one; null: one is made at the first start. */
  readonly secretsKeys: readonly { readonly id: string; readonly key: Buffer }[] | null;
  /** Ids of keys that are lost for good: a start does not ask for them. */
  readonly secretsLost: readonly string[];
  /** Requests a second that one key may make of one process; 0: any number. */
  readonly rateLimit: number;
  /** Addresses and networks of the proxies whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[];
  /** Days of nothing but failures after which an endpoint is disabled; 0: it never is. */
  readonly disableAfterDays: number;
  /** Days that the audit log is kept; null: as long as the events, and a year at least. */
  readonly auditDays: number | null;
  readonly egressAllow: readonly string[];
  /** null: sends go straight to the receivers. */
  readonly egressProxy: EgressProxy | null;
  readonly timeZone: string;
  /** null: nothing is ever deleted. */
  readonly retentionDays: number | null;
  /** Days that what was sent is kept; null: as long as its record. */
  readonly payloadDays: number | null;
  /** Where people reach the service, for links in mails; null: as it listens. */
  readonly publicUrl: string | null;
  /** Who signs people in beside their passwords; null: nobody. */
  readonly oidc: OidcConfig | null;
  readonly logLevel: LogLevel;
  readonly maxEventBytes: number;
  readonly maxRequestBytes: number;
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** Some environment variables are wrong; `problems` has a sentence for each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[], title = "The environment is not right:") {
    super(`${title}\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

const MIB = 1024 * 1024;
const EGRESS_ENTRY = "a network (10.0.0.0/8), an address or a host name";

const POSTGRES = /^postgres(?:ql)?:$/;

function database(text: string | undefined, bad: string[], name = "DATABASE_URL"): Config["database"] {
  const value = text || "file:data/waybell.db";
  if (URL.canParse(value) && POSTGRES.test(new URL(value).protocol)) {
    // The value holds a password: it is not repeated.
    if (new URL(value).pathname.length > 1) return { kind: "postgresql", url: value };
    bad.push(`${name} must name the database as well: postgresql://user:password@host/name.`);
  } else if (!value.startsWith("file:")) {
    const forms = "file:data/waybell.db (SQLite) or postgresql://user:password@host/name";
    bad.push(`${name} must begin with file: or postgresql://, such as ${forms}.`);
  }
  const path = value.startsWith("file:") ? value.slice("file:".length).replace(/^\/\/(?=\/)/, "") : "data/waybell.db";
  return { kind: "sqlite", file: isAbsolute(path) ? path : resolve(path) };
}

/** Beside a SQLite file; with PostgreSQL nothing needs to be kept on a machine. */
const folderOf = (target: Config["database"]) => (target.kind === "sqlite" ? join(target.file, "..") : resolve("data"));

/** What many processes need the same of, and what goes with the database. */
function checkTogether(target: Config["database"], env: Environment, bad: string[]): void {
  if (target.kind === "sqlite") {
    if (env.REDIS_URL)
      bad.push("REDIS_URL is set, but a SQLite file serves one process only: set DATABASE_URL as well.");
    return;
  }
  if (!env.REDIS_URL) bad.push("REDIS_URL must be set with PostgreSQL: it carries the wake-ups between the processes.");
  const why = "all processes on the same PostgreSQL need the same one";
  if (!env.SECRETS_KEYS) bad.push(`SECRETS_KEYS must be set with PostgreSQL: ${why} (k1:$(openssl rand -base64 32)).`);
  if (!env.ADMIN_KEY) bad.push(`ADMIN_KEY must be set with PostgreSQL: ${why} (openssl rand -hex 24).`);
}

function secretsKeys(text: string | undefined, bad: string[]): Config["secretsKeys"] {
  if (!text) return null;
  const keys = list(text).map((item) => {
    const at = item.indexOf(":");
    return { id: item.slice(0, Math.max(at, 0)), key: Buffer.from(item.slice(at + 1), "base64") };
  });
  if (keys.some(({ id, key }) => !/^[A-Za-z0-9_-]{1,32}$/.test(id) || key.length !== 32)) {
    bad.push("SECRETS_KEYS must be id:base64 pairs of 32-byte keys, separated by commas (openssl rand -base64 32).");
    return null;
  }
  if (new Set(keys.map(({ id }) => id)).size < keys.length) bad.push("SECRETS_KEYS names a key id twice.");
  return keys;
}

function egressProxy(text: string | undefined, bad: string[]): EgressProxy | null {
  if (!text) return null;
  const proxy = parseEgressProxy(text);
  // The value may hold a password: it is not repeated.
  if (!proxy) bad.push("EGRESS_PROXY must be http://host:port or http://user:password@host:port.");
  return proxy ?? null;
}

/** A key that is there is not lost: one of the two names was meant otherwise. */
function secretsLost(text: string | undefined, keys: Config["secretsKeys"], bad: string[]): string[] {
  const ids = list(text);
  for (const id of ids) {
    if (keys?.some((key) => key.id === id))
      bad.push(`SECRETS_LOST names the key "${id}", which SECRETS_KEYS holds: give the new key another id.`);
  }
  return ids;
}

function timeZone(text: string | undefined, bad: string[]): string {
  const value = text || "Europe/Brussels";
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
  } catch {
    bad.push(`TIME_ZONE must be an IANA name such as Europe/Brussels, not "${value}".`);
  }
  return value;
}

function logLevel(text: string | undefined, bad: string[]): LogLevel {
  const level = LOG_LEVELS.find((known) => known === (text || "info"));
  if (!level) bad.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}, not "${text}".`);
  return level ?? "info";
}

/** Of one day: it could not be announced a day before. */
function disableAfterDays(text: string | undefined, bad: string[]): number {
  const days = wholeNumber("DISABLE_AFTER_DAYS", text, 5, 0, 365, bad);
  if (days === 1) bad.push("DISABLE_AFTER_DAYS must be 0 (never), or 2 or more: it is announced a day before.");
  return days;
}

/** Reads the environment; throws one ConfigError that names everything wrong in it. */
export function readConfig(env: Environment = process.env): Config {
  const bad: string[] = [];
  const target = database(env.DATABASE_URL, bad);
  if (bad.length === 0) checkTogether(target, env, bad);
  const adminKey = env.ADMIN_KEY || null;
  if (adminKey && adminKey.length < 16) bad.push("ADMIN_KEY must have at least 16 characters.");
  const metricsKey = env.METRICS_KEY || null;
  if (metricsKey && metricsKey.length < 16) bad.push("METRICS_KEY must have at least 16 characters.");
  const keys = secretsKeys(env.SECRETS_KEYS, bad);
  const config: Config = {
    host: env.HOST || "127.0.0.1",
    port: wholeNumber("PORT", env.PORT, 8080, 0, 65_535, bad),
    database: target,
    redisUrl: url("REDIS_URL", env.REDIS_URL, ["redis:", "rediss:"], bad),
    dataFolder: folderOf(target),
    smtpUrl: url("SMTP_URL", env.SMTP_URL, ["smtp:", "smtps:"], bad),
    mailFrom: mailFrom(env.MAIL_FROM, bad),
    alertTo: checkedList("ALERT_TO", env.ALERT_TO, isAddress, "a mail address", bad),
    adminKey,
    metricsKey,
    secretsKeys: keys,
    secretsLost: secretsLost(env.SECRETS_LOST, keys, bad),
    rateLimit: wholeNumber("RATE_LIMIT", env.RATE_LIMIT, 2_000, 0, 1_000_000, bad),
    trustProxy: checkedList("TRUST_PROXY", env.TRUST_PROXY, isNetwork, "an address or a network (10.0.0.0/8)", bad),
    auditDays: env.AUDIT_DAYS ? wholeNumber("AUDIT_DAYS", env.AUDIT_DAYS, 0, 1, 36_500, bad) : null,
    disableAfterDays: disableAfterDays(env.DISABLE_AFTER_DAYS, bad),
    egressAllow: checkedList("EGRESS_ALLOW", env.EGRESS_ALLOW, isEgressEntry, EGRESS_ENTRY, bad),
    egressProxy: egressProxy(env.EGRESS_PROXY, bad),
    timeZone: timeZone(env.TIME_ZONE, bad),
    retentionDays: env.RETENTION_DAYS ? wholeNumber("RETENTION_DAYS", env.RETENTION_DAYS, 0, 1, 36_500, bad) : null,
    payloadDays: env.PAYLOAD_DAYS ? wholeNumber("PAYLOAD_DAYS", env.PAYLOAD_DAYS, 0, 1, 36_500, bad) : null,
    publicUrl: url("PUBLIC_URL", env.PUBLIC_URL, ["http:", "https:"], bad),
    oidc: readOidc(env, bad),
    logLevel: logLevel(env.LOG_LEVEL, bad),
    maxEventBytes: wholeNumber("MAX_EVENT_MIB", env.MAX_EVENT_MIB, 25, 1, 256, bad) * MIB,
    maxRequestBytes: wholeNumber("MAX_REQUEST_MIB", env.MAX_REQUEST_MIB, 64, 1, 256, bad) * MIB,
  };
  if (bad.length > 0) throw new ConfigError(bad);
  return config;
}

/** What the command line needs to find the service. */
export interface ClientConfig {
  readonly url: string | null;
  readonly key: string | null;
  readonly dataFolder: string;
}

/** Reads what the commands need from the environment; throws ConfigError. */
export function readClientConfig(env: Environment = process.env): ClientConfig {
  const bad: string[] = [];
  const config = {
    url: url("WAYBELL_URL", env.WAYBELL_URL, ["http:", "https:"], bad),
    key: env.WAYBELL_KEY || null,
    dataFolder: folderOf(database(env.DATABASE_URL, bad)),
  };
  if (bad.length > 0) throw new ConfigError(bad);
  return config;
}

/** What moves from where to where. */
export interface MoveConfig {
  readonly file: string;
  /** Of the PostgreSQL, with the password; null: none was named. */
  readonly url: string | null;
  readonly secretsKeys: Config["secretsKeys"];
}

/** Reads what a move needs from its options and the environment: the target may be `DATABASE_URL`. Throws ConfigError. */
export function readMoveConfig(
  given: { readonly from: string; readonly to: string | undefined },
  env: Environment = process.env,
): MoveConfig {
  const bad: string[] = [];
  const from = database(given.from, bad, "--from");
  const asked = given.to ?? (env.DATABASE_URL?.startsWith("file:") ? undefined : env.DATABASE_URL);
  const to = asked ? database(asked, bad, given.to === undefined ? "DATABASE_URL" : "--to") : null;
  if (bad.length === 0 && from.kind !== "sqlite") bad.push("--from must be a SQLite file: file:data/waybell.db.");
  if (bad.length === 0 && to?.kind === "sqlite")
    bad.push("--to must be a PostgreSQL: postgresql://user:password@host/name.");
  const keys = secretsKeys(env.SECRETS_KEYS, bad);
  if (bad.length > 0) throw new ConfigError(bad, "This cannot be moved:");
  return {
    file: from.kind === "sqlite" ? from.file : "",
    url: to?.kind === "postgresql" ? to.url : null,
    secretsKeys: keys,
  };
}
