import ipaddr from "ipaddr.js";
import { TransportError } from "../errors.js";
import { createLookup } from "./name-lookup.js";
import type { CheckedAddress, Resolve } from "./transport.js";

type Address = ReturnType<typeof ipaddr.parse>;

/** Mail servers: a webhook pointed at one would make Waybell send mail for whoever chose the address. */
const REFUSED_PORTS: ReadonlySet<number> = new Set([25, 465, 587, 2525]);

/** What the internet routes today. ipaddr.js calls the unassigned rest of IPv6 `unicast` too. */
const GLOBAL_IPV6: [Address, number] = [ipaddr.parse("2000::"), 3];

const IPV4_IN_6TO4_AT = 2;
const IPV4_IN_NAT64_AT = 12;

interface Rules {
  readonly networks: readonly (readonly [Address, number])[];
  readonly names: ReadonlySet<string>;
}

export interface ResolverOptions {
  /** Networks (`10.0.0.0/8`), addresses and host names that are not public and still allowed. */
  readonly egressAllow: readonly string[];
  /** How long one look-up may take. */
  readonly timeoutMs?: number;
  /** Name servers as `address:port`, instead of the machine's own. */
  readonly dnsServers?: readonly string[];
}

/**
 * A host as it will be connected to: an address for a literal in any notation (`127.1`, `0x7f.1`, `2130706433`,
 * `[::1]`), else a name in lower case, without a dot at its end. undefined: it is no host. By the parsing of WHATWG URL.
 */
function normalize(host: string): Address | string | undefined {
  if (host.length === 0 || host.length > 255 || /[\s/\\?#@]/.test(host)) return undefined;
  if (ipaddr.IPv6.isValid(host)) return ipaddr.process(host);
  // A host with a port is none: the port is a setting of its own.
  const bare = host.startsWith("[") ? host.endsWith("]") : !host.includes(":");
  if (!bare || !URL.canParse(`http://${host}/`)) return undefined;
  const name = new URL(`http://${host}/`).hostname;
  if (name.startsWith("[")) return ipaddr.process(name.slice(1, -1));
  if (ipaddr.IPv4.isValidFourPartDecimal(name)) return ipaddr.parse(name);
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** Whether an entry of EGRESS_ALLOW can be read: a network, an address or a host name. */
export function isEgressEntry(entry: string): boolean {
  return ipaddr.isValidCIDR(entry) || normalize(entry) !== undefined;
}

/** Reads EGRESS_ALLOW. Throws an Error that names the entry that is neither a network, an address nor a host name. */
function parseRules(egressAllow: readonly string[]): Rules {
  const networks: (readonly [Address, number])[] = [];
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

/** The IPv4 address that a gateway would make of an IPv6 one (NAT64, 6to4). */
function embedded(address: Address): Address | undefined {
  const range = address.range();
  const bytes = address.toByteArray();
  if (range === "6to4") return ipaddr.fromByteArray(bytes.slice(IPV4_IN_6TO4_AT, IPV4_IN_6TO4_AT + 4));
  if (range === "rfc6052") return ipaddr.fromByteArray(bytes.slice(IPV4_IN_NAT64_AT));
  return undefined;
}

function isAllowed(address: Address, rules: Rules): boolean {
  const listed = rules.networks.some(
    ([network, bits]) => address.kind() === network.kind() && address.match(network, bits),
  );
  const within = embedded(address);
  if (within && !isAllowed(within, rules)) return false;
  if (listed) return true;
  return address.range() === "unicast" && (address.kind() === "ipv4" || address.match(...GLOBAL_IPV6));
}

const refusal = (what: string) => `${what} is not a public address. If this receiver is meant, add it to EGRESS_ALLOW.`;

function refuse(message: string): TransportError {
  return new TransportError({ fault: "config", code: "address_refused", message });
}

function checked(address: Address): CheckedAddress {
  return { address: address.toString(), family: address.kind() === "ipv4" ? 4 : 6 };
}

/**
 * Makes the one way from a host to addresses that may be connected to. Each address that DNS returns is checked, and
 * one that is not allowed refuses the host as a whole: whoever controls the name could have it answer in turns.
 * Throws an Error when EGRESS_ALLOW cannot be read.
 */
export function createResolver({ egressAllow, timeoutMs = 2500, dnsServers = [] }: ResolverOptions): Resolve {
  const rules = parseRules(egressAllow);
  const lookup = createLookup({ timeoutMs, dnsServers, systemNames: rules.names });

  return async (host, signal) => {
    const target = normalize(host);
    if (target === undefined) throw refuse(`"${host.slice(0, 100)}" is not a host name or address.`);
    if (typeof target !== "string") {
      if (!isAllowed(target, rules)) throw refuse(refusal(target.toString()));
      return [checked(target)];
    }
    const addresses = (await lookup(target, signal)).map((address) => ipaddr.process(address));
    if (!rules.names.has(target)) {
      const bad = addresses.find((address) => !isAllowed(address, rules));
      if (bad) throw refuse(refusal(`${bad.toString()}, which the name "${target}" stands for,`));
    }
    return addresses.map(checked);
  };
}

/**
 * Why a setting with this host must not be saved, or undefined. Only what is plain without a look-up: no host at all,
 * or a literal of an address that is not allowed. Names are checked at each connection.
 */
export function hostRefusal(host: string, egressAllow: readonly string[]): string | undefined {
  const target = normalize(host);
  if (target === undefined) return "is not a host name or address";
  if (typeof target === "string" || isAllowed(target, parseRules(egressAllow))) return undefined;
  return `${target.toString()} is not a public address; if it is meant, add it to EGRESS_ALLOW`;
}

/** Why a setting with this port must not be saved, or undefined. */
export function portRefusal(port: number): string | undefined {
  return REFUSED_PORTS.has(port) ? `port ${port} belongs to mail servers and is never connected to` : undefined;
}
