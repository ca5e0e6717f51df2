import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { PortalAction } from "../account-types.js";
import { onceEvery } from "../delivery/once-every.js";
import type { Logger } from "../logger.js";
import { refusal } from "../schemas/rules/rules.js";
import type { ApiKey, Clock, KeyRole } from "../types.js";
import { createClients } from "./client-address.js";
import { FailedKeys } from "./failed-keys.js";
import { KeyRate } from "./key-rate.js";
import type { Access, Operation } from "./operation.js";
import { RefusalError } from "./problems.js";

const BEARER = /^Bearer +([^\s]{1,1000}) *$/i;

/** Who makes a request. */
export interface Principal {
  readonly keyId: string;
  readonly keyName: string;
  readonly role: KeyRole;
  /** Of the role `customer`: whose key it is. */
  readonly customer: string | null;
  /** The client's. */
  readonly address: string;
  /** Of a customer's people in the pages: what they may do beside looking; left out: all that the role may. */
  readonly portal?: readonly PortalAction[];
  /** Throws a 401 once the key is no longer valid. */
  requireKey(): void;
}

export interface AuthenticationOptions {
  readonly adminKey: string;
  /** Opens `/metrics` and nothing else; null: only an admin key does. */
  readonly metricsKey: string | null;
  readonly keys: { find(hash: string): ApiKey | null; used(id: string): void };
  /** Requests a second of one key; 0: any number. */
  readonly requestsPerSecond: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const digest = (key: string): Buffer => createHash("sha256").update(key).digest();

const unauthorized = (detail: string) =>
  new RefusalError(401, "unauthorized", detail, { "www-authenticate": 'Bearer realm="Waybell"' });

const tooMany = (code: string, detail: string, waitMs: number) =>
  new RefusalError(429, code, detail, { "retry-after": String(Math.max(1, Math.ceil(waitMs / 1000))) });

const TOLD_EVERY_MS = 1_000;

/** The id of the key that opens `/metrics` alone: a scrape is not counted. */
const METRICS = "metrics-key";

const NO_KEY = "This address needs a key: send the header Authorization: Bearer <key>.";
const WRONG_KEY = "The header Authorization holds no key that is valid here: Bearer <key>.";
const WAIT = "Too many wrong keys came from this address: no key from it is looked at for a while.";

/** The roles that may call an operation. */
export function rolesOf(access: Exclude<Access, "anyone">): readonly KeyRole[] {
  if (access === "metrics") return ["admin"];
  return ["admin", ...access.roles, ...(access.own ? (["customer"] as const) : [])];
}

/** Whether the operator of a customer lets its people call the operation in the pages. */
function isLetBy(portal: readonly PortalAction[], { method, access }: Operation): boolean {
  const needed = typeof access === "object" ? access.portal : "looks";
  if (needed === undefined) return method === "GET";
  return needed === "looks" || needed.some((action) => portal.includes(action));
}

/** Whether it may call the operation, by its role and what a customer's operator lets it do. */
export function mayCall({ role, portal }: Pick<Principal, "role" | "portal">, operation: Operation): boolean {
  const { access } = operation;
  if (access === "anyone") return true;
  return rolesOf(access).includes(role) && (portal === undefined || isLetBy(portal, operation));
}

/** Throws a 403 for who may not call the operation. */
export function authorize(principal: Principal, operation: Operation): void {
  const { id, access } = operation;
  if (access === "anyone" || mayCall(principal, operation)) return;
  const { keyName, role } = principal;
  const roles = rolesOf(access);
  if (roles.includes(role)) {
    throw new RefusalError(403, "forbidden", refusal("switched_off"));
  }
  const detail = refusal("key_role", { key: keyName, role, operation: id, roles: roles.join(", ") });
  throw new RefusalError(403, "forbidden", detail);
}

/** Whose a key is, by its hash: of the environment, or of those that were made. */
function createPrincipals({ adminKey, metricsKey, keys, clock }: AuthenticationOptions) {
  const adminHash = digest(adminKey);
  const metricsHash = metricsKey ? digest(metricsKey) : null;
  const forEver = { role: "admin", customer: null, requireKey() {} } as const;

  /** The key of a hash; null: it is none, or was revoked. Throws a 401 that says so for one that has expired. */
  function validKey(hash: string): ApiKey | null {
    const key = keys.find(hash);
    // It was right once: who sends it guesses nothing, and is told.
    if (key && key.expiresAt !== null && key.expiresAt <= clock.now()) {
      throw unauthorized(`The key "${key.name}" expired at ${new Date(key.expiresAt).toISOString()}.`);
    }
    return key;
  }

  return (hash: Buffer, address: string, access: Access): Principal | null => {
    // Digests have one length, so neither the time taken nor an exception tells anything about the key.
    if (timingSafeEqual(hash, adminHash)) return { keyId: "admin-key", keyName: "ADMIN_KEY", ...forEver, address };
    if (access === "metrics" && metricsHash && timingSafeEqual(hash, metricsHash)) {
      return { keyId: METRICS, keyName: "METRICS_KEY", ...forEver, address };
    }
    const text = hash.toString("hex");
    const key = validKey(text);
    if (!key) return null;
    keys.used(key.id);
    const { id: keyId, name: keyName, role } = key;
    // A row that was written by hand and names no customer must not be taken for one that may see all of them.
    const customer = role === "customer" ? (key.customer ?? "") : null;
    const requireKey = () => {
      if (!validKey(text)) throw unauthorized(`The key "${keyName}" was revoked.`);
    };
    return { keyId, keyName, role, customer, address, requireKey };
  };
}

/**
 * What lets a request to an operation in, by its `Authorization` header. Throws 401 (no valid key), 403 (not for its role)
 * or 429 (too many requests of the key, or wrong keys from the address).
 */
export function createAuthentication(options: AuthenticationOptions) {
  const { requestsPerSecond, clock, logger } = options;
  const principalOf = createPrincipals(options);
  const failed = new FailedKeys(clock);
  const rate = new KeyRate(requestsPerSecond, clock);
  const clientOf = createClients();
  const mayTell = onceEvery(clock, TOLD_EVERY_MS);

  return (request: FastifyRequest, operation: Operation): Principal => {
    const { authorization } = request.headers;
    if (authorization === undefined) throw unauthorized(NO_KEY);
    const { address, client } = clientOf(request);
    const hash = digest(BEARER.exec(authorization)?.[1] ?? "");
    const text = hash.toString("base64url");
    const wait = failed.waits(client, text);
    if (wait > 0) throw tooMany("too_many_failures", WAIT, wait);
    const principal = principalOf(hash, address, operation.access);
    if (!principal) {
      const held = failed.failed(client);
      // Each line stands for a wait that is twice as long; many addresses at once share a few lines.
      if (held > 0 && mayTell())
        logger.warn({ client, seconds: held / 1000 }, "wrong API keys: the address has to wait");
      throw unauthorized(WRONG_KEY);
    }
    failed.succeeded(client, text);
    const { keyId, keyName } = principal;
    const full = keyId === METRICS ? 0 : rate.take(keyId);
    if (full > 0) {
      const detail = `The key "${keyName}" makes more than ${requestsPerSecond} requests a second: send several events in one, or wait.`;
      throw tooMany("rate_limited", detail, full);
    }
    authorize(principal, operation);
    return principal;
  };
}
