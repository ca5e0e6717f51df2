import { domainToUnicode } from "node:url";
import ipaddr from "ipaddr.js";
import { TransportError } from "../errors.js";
import { broken, type Rule, type Told } from "../schemas/rules/rules.js";
import { embeddedIpv4 } from "./embedded-ipv4.js";
import { createLookup, MAX_ADDRESSES } from "./name-lookup.js";
import { type Address, liesIn, type Network, specialRange } from "./special-ranges.js";
import type { SystemLookup } from "./system-lookup.js";
import type { CheckedAddress, Resolve } from "./transport.js";

/** Names that stand for this machine wherever they are asked for (RFC 6761, 6.3). */
const LOCAL_NAME = /(?:^|\.)localhost$/;
const LOCAL_ADDRESSES = ["127.0.0.1", "::1"].map((text) => ipaddr.parse(text));
const MAX_HOST = 255;
const MAX_LABEL = 63;

interface Rules {
  readonly networks: readonly Network[];
  readonly names: ReadonlySet<string>;
}

export interface ResolverOptions {
  /** Networks (`10.0.0.0/8`), addresses and host names that are not public and still allowed. */
  readonly egressAllow: readonly string[];
  /** How long one look-up may take. */
  readonly timeoutMs?: number;
  /** Name servers as `address:port`, instead of the machine's own. */
  readonly dnsServers?: readonly string[];
  /** How this machine looks up the names that DNS is not asked for; absent: as every other program does. */
  readonly system?: SystemLookup;
}

/** An address as it is connected to: IPv4 where it is mapped into IPv6; with a zone only where a zone has a meaning. */
function parseAddress(text: string): Address | undefined {
  const address = ipaddr.process(text);
  return text.includes("%") && address.range() !== "linkLocal" ? undefined : address;
}

/** Whether a label says in ASCII (RFC 5891, 2.3.2.1) what can be said: from Node 24 on the URL parser looks no more. */
const isReadable = (label: string): boolean => !label.startsWith("xn--") || !/^(?:xn--|$)/.test(domainToUnicode(label));

/** Without the dot at its end; undefined: a label is empty, too long, or stands for no text. */
function parseName(name: string): string | undefined {
  const bare = name.endsWith(".") ? name.slice(0, -1) : name;
  const labels = bare.split(".");
  return labels.every((label) => label.length > 0 && label.length <= MAX_LABEL && isReadable(label)) ? bare : undefined;
}

/** A host as the URL parser writes it; empty: it is none. */
const inUrl = (host: string) => (URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : "");

/**
 * A host as it will be connected to: an address for a literal in any notation (`127.1`, `0x7f.1`, `2130706433`,
 * `[::1]`), else a name in lower case, without a dot at its end. undefined: it is no host. By the parsing of WHATWG URL.
 */
function normalize(host: string): Address | string | undefined {
  if (host.length === 0 || host.length > MAX_HOST || /[\s/\\?#@]/.test(host)) return undefined;
  // Of two readings of `::127.0.0.1` the URL parser's is the one of RFC 4291.
  if (ipaddr.IPv6.isValid(host)) return parseAddress(host.includes("%") ? host : inUrl(`[${host}]`).slice(1, -1));
  // A host with a port is none: the port is a setting of its own.
  const bare = host.startsWith("[") ? host.endsWith("]") : !host.includes(":");
  const name = bare ? inUrl(host) : "";
  if (name.startsWith("[")) return parseAddress(name.slice(1, -1));
  if (ipaddr.IPv4.isValidFourPartDecimal(name)) return ipaddr.parse(name);
  return parseName(name);
}

/** A host as text, the same for all ways to write it; undefined: it is none. */
export const hostOf = (host: string): string | undefined => normalize(host)?.toString();

/** Whether an entry of EGRESS_ALLOW can be read: a network, an address or a host name. */
export function isEgressEntry(entry: string): boolean {
  return ipaddr.isValidCIDR(entry) || normalize(entry) !== undefined;
}

/** Reads EGRESS_ALLOW. Throws an Error that names the entry that is neither a network, an address nor a host name. */
function parseRules(egressAllow: readonly string[]): Rules {
  const networks: Network[] = [];
  const names = new Set<string>();
  for (const entry of egressAllow) {
    if (ipaddr.isValidCIDR(entry)) {
      networks.push(ipaddr.parseCIDR(entry));
      continue;
    }
    const host = normalize(entry);
    if (!host) throw new Error(`EGRESS_ALLOW: "${entry}" is not a network (10.0.0.0/8), an address or a host name`);
    if (typeof host === "string") names.add(host);
    else networks.push([host, host.kind() === "ipv4" ? 32 : 128]);
  }
  return { networks, names };
}

/** What stands against an address, such as `private, RFC 1918`; undefined: it may be connected to. */
function objection(address: Address, rules: Rules): string | undefined {
  // Also where the outer network is allowed: an operator who allows a NAT64 means the internet behind it.
  for (const within of embeddedIpv4(address)) {
    const inner = objection(within, rules);
    if (inner !== undefined) return `it leads to ${within.toString()}: ${inner}`;
  }
  return rules.networks.some((network) => liesIn(address, network)) ? undefined : specialRange(address);
}

const refusal = (what: string, why: string) =>
  `${what} is not a public address (${why}). If this receiver is meant, add it to EGRESS_ALLOW.`;

const tooMany = (name: string) =>
  `The name "${name}" stands for more than ${MAX_ADDRESSES} addresses, and is not connected to: not all would be checked.`;

function refuse(message: string): TransportError {
  return new TransportError({ fault: "config", code: "address_refused", message });
}

function checked(address: Address): CheckedAddress {
  return { address: address.toString(), family: address.kind() === "ipv4" ? 4 : 6 };
}

/**
 * Makes the one way from a host to addresses that may be connected to. Each address that DNS returns is checked, and
 * one that is not allowed, or one too many, refuses the host as a whole: whoever controls the name could have it answer
 * in turns.
 * Throws an Error when EGRESS_ALLOW cannot be read.
 */
export function createResolver(options: ResolverOptions): Resolve {
  const { egressAllow, timeoutMs = 2500, dnsServers = [], system } = options;
  const rules = parseRules(egressAllow);
  const lookup = createLookup({ timeoutMs, dnsServers, systemNames: rules.names, system });

  return async (host, signal) => {
    const target = normalize(host);
    if (target === undefined) throw refuse(`"${host.slice(0, 100)}" is not a host name or address.`);
    const plain = plainObjection(target, rules);
    if (plain) throw refuse(refusal(plain.what, plain.why));
    if (typeof target !== "string") return [checked(target)];
    const found = await lookup(target, signal);
    const addresses = found.slice(0, MAX_ADDRESSES).map((address) => ipaddr.process(address));
    if (!rules.names.has(target)) {
      if (found.length > MAX_ADDRESSES) throw refuse(tooMany(target));
      for (const address of addresses) {
        const why = objection(address, rules);
        if (why) throw refuse(refusal(`${address.toString()}, which the name "${target}" stands for,`, why));
      }
    }
    return addresses.map(checked);
  };
}

/** What stands against a host without a look-up: a literal, or a name of this machine. */
function plainObjection(target: Address | string, rules: Rules): { what: string; why: string } | undefined {
  if (typeof target !== "string") {
    const why = objection(target, rules);
    return why === undefined ? undefined : { what: target.toString(), why };
  }
  if (rules.names.has(target) || !LOCAL_NAME.test(target)) return undefined;
  const isAllowed = LOCAL_ADDRESSES.some((address) => objection(address, rules) === undefined);
  return isAllowed ? undefined : { what: `"${target}"`, why: "this machine, RFC 6761" };
}

/**
 * Why a setting with this host must not be saved, or undefined. Only what is plain without a look-up: no host at all,
 * a literal of an address that is not allowed, or a name of this machine. Other names are checked at each connection.
 */
export function hostRefusal(host: string, egressAllow: readonly string[]): Told<Rule> | undefined {
  const target = normalize(host);
  if (target === undefined) return broken("no_host");
  const plain = plainObjection(target, parseRules(egressAllow));
  return plain && broken("not_public", { address: plain.what, why: plain.why });
}
