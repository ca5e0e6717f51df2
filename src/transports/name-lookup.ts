import { promises as dns } from "node:dns";
import { readFileSync } from "node:fs";
import { TransportError } from "../errors.js";
import { watchAbort } from "./abort-watch.js";
import { networkFault } from "./network-faults.js";
import { askSystem, boundedLookup, type SystemLookup } from "./system-lookup.js";

const MAX_CACHED = 1000;
const MIN_TTL_MS = 1000;
const MAX_TTL_MS = 30_000;
/** Of names that the system looked up, which come without a time to live. */
const SYSTEM_TTL_MS = 10_000;
const HOSTS_TTL_MS = 10_000;
/** A Resolver reads resolv.conf once; after so long a new one sees what a changed network wrote into it. */
const RESOLVER_AGE_MS = 60_000;
const TRIES = 2;
/**
 * Of libuv's four threads, which files and passwords need too: so many for names that the operator or the hosts file
 * vouches for, and one for whatever else customers write that the system must be asked for.
 */
const VOUCHED_AT_ONCE = 2;
const OTHERS_AT_ONCE = 1;
/** Of one name. More would be checked, kept and tried for nobody's good. */
export const MAX_ADDRESSES = 50;
const HOSTS_FILE = process.platform === "win32" ? "C:\\Windows\\System32\\drivers\\etc\\hosts" : "/etc/hosts";

export interface LookupOptions {
  readonly timeoutMs: number;
  /** As `address:port`; empty: the machine's own. */
  readonly dnsServers: readonly string[];
  /** Names that the operator vouches for: looked up as every other program of this machine does. */
  readonly systemNames: ReadonlySet<string>;
  /** How the system is asked; absent: as it is by every other program. */
  readonly system?: SystemLookup | undefined;
}

interface Answer {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

type Lookup = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

function dnsError(name: string, cause: unknown): TransportError {
  const fault = networkFault(cause);
  const why = fault?.code === "dns" ? fault.sentence : "The DNS servers cannot be reached.";
  return new TransportError({
    fault: "connection",
    code: "dns",
    message: `"${name}" cannot be looked up. ${why}`,
    cause,
  });
}

/** The names of the hosts file, read again after a while; c-ares does not look there. */
function createHostsFile(): (name: string) => boolean {
  let names: ReadonlySet<string> = new Set();
  let readAt = Number.NEGATIVE_INFINITY;
  return (name) => {
    if (performance.now() - readAt > HOSTS_TTL_MS) {
      readAt = performance.now();
      names = readHostsFile();
    }
    return names.has(name);
  };
}

function readHostsFile(): ReadonlySet<string> {
  try {
    const lines = readFileSync(HOSTS_FILE, "utf8").split("\n");
    return new Set(lines.flatMap((line) => line.replace(/#.*/, "").trim().toLowerCase().split(/\s+/).slice(1)));
  } catch {
    // No hosts file: every name is asked of DNS.
    return new Set();
  }
}

/** Waits for `answer`, but no longer than the attempt may last. */
function orAborted<T>(answer: Promise<T>, name: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const message = `The deadline passed while "${name}" was looked up; nothing was sent.`;
    const abort = () => reject(new TransportError({ fault: "connection", code: "timeout", message }));
    if (signal.aborted) return abort();
    const waiting = { abort };
    const watched = watchAbort(signal, waiting);
    answer.then(resolve, reject).finally(() => watched.delete(waiting));
  });
}

interface Family {
  settled: boolean;
  records: readonly { address: string; ttl: number }[];
  error: unknown;
}

function ask(query: Promise<{ address: string; ttl: number }[]>): { family: Family; done: Promise<void> } {
  const family: Family = { settled: false, records: [], error: undefined };
  const done = query.then(
    (records) => void Object.assign(family, { settled: true, records }),
    (error: unknown) => void Object.assign(family, { settled: true, error }),
  );
  return { family, done };
}

/** Both families at once; one that fails or does not answer in time does not matter as long as the other did. */
async function askDns(resolver: dns.Resolver, name: string, timeoutMs: number): Promise<Answer> {
  const four = ask(resolver.resolve4(name, { ttl: true }));
  const six = ask(resolver.resolve6(name, { ttl: true }));
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([Promise.all([four.done, six.done]), deadline]);
  clearTimeout(timer);

  // IPv4 first: on a machine without IPv6 the other order costs every connection a failed one.
  const records = [...four.family.records, ...six.family.records];
  if (records.length === 0) throw failure(four.family, six.family);
  const ttl = Math.min(...records.map((record) => record.ttl)) * 1000;
  return { addresses: records.map(({ address }) => address), ttlMs: Math.min(Math.max(ttl, MIN_TTL_MS), MAX_TTL_MS) };
}

/** Of two failures the one that says more: "no such name" or a failed server says more than "no record of this kind". */
function failure(four: Family, six: Family): unknown {
  if (!four.settled || !six.settled) return Object.assign(new Error("DNS look-up timed out"), { code: "ETIMEOUT" });
  const isNoData = (error: unknown) => (error as { code?: unknown }).code === dns.NODATA;
  return isNoData(four.error) ? six.error : four.error;
}

/**
 * Looks names up without dns.lookup, whose four threads one customer's dead name servers would hold for everybody. Names
 * that DNS does not know go the system's way: those of the hosts file, those without a dot (search domains), and
 * `systemNames`. Either way a wait ends after `timeoutMs`. Answers are kept for their time to live, at most 30 s. Throws
 * TransportError `dns` (fault connection).
 */
export function createLookup({ timeoutMs, dnsServers, systemNames, system = askSystem }: LookupOptions): Lookup {
  const cache = new Map<string, { addresses: readonly string[]; until: number }>();
  const underWay = new Map<string, Promise<readonly string[]>>();
  const inHostsFile = createHostsFile();
  const vouched = boundedLookup(system, VOUCHED_AT_ONCE, timeoutMs);
  const others = boundedLookup(system, OTHERS_AT_ONCE, timeoutMs);
  let resolver: dns.Resolver | undefined;
  let madeAt = 0;

  function currentResolver(): dns.Resolver {
    if (!resolver || performance.now() - madeAt > RESOLVER_AGE_MS) {
      resolver = new dns.Resolver({ timeout: Math.ceil(timeoutMs / (TRIES + 1)), tries: TRIES });
      if (dnsServers.length > 0) resolver.setServers(dnsServers);
      madeAt = performance.now();
    }
    return resolver;
  }

  /** Undefined: DNS is asked, not the system. */
  function systemFor(name: string): SystemLookup | undefined {
    if (systemNames.has(name) || inHostsFile(name)) return vouched;
    return !name.includes(".") || name.endsWith(".localhost") ? others : undefined;
  }

  async function answerTo(name: string): Promise<Answer> {
    const ask = systemFor(name);
    if (!ask) return askDns(currentResolver(), name, timeoutMs);
    return { addresses: await ask(name), ttlMs: SYSTEM_TTL_MS };
  }

  async function look(name: string): Promise<readonly string[]> {
    try {
      const answer = await answerTo(name);
      if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value ?? "");
      // One more, so that whoever checks them sees that there are too many.
      const addresses = answer.addresses.slice(0, MAX_ADDRESSES + 1);
      cache.set(name, { addresses, until: performance.now() + answer.ttlMs });
      return addresses;
    } catch (error) {
      throw dnsError(name, error);
    } finally {
      underWay.delete(name);
    }
  }

  return async (name, signal) => {
    const kept = cache.get(name);
    if (kept && kept.until > performance.now()) return kept.addresses;
    cache.delete(name);
    let answer = underWay.get(name);
    if (!answer) {
      answer = look(name);
      underWay.set(name, answer);
    }
    return orAborted(answer, name, signal);
  };
}
