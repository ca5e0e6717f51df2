import type { FastifyRequest } from "fastify";
import ipaddr from "ipaddr.js";
import { Lru } from "../store/lru.js";

/** Of an IPv6 address what one customer of a provider has at least: it may use any of its 2^64 addresses. */
const PREFIX_PARTS = 4;
const REMEMBERED = 1_000;

interface Client {
  readonly address: string;
  /** What is throttled as one: an IPv4 address, or the /64 of an IPv6 address. */
  readonly client: string;
}

/** The client of an address as text; null: it is none. */
export function clientOfAddress(text: string): Client | null {
  if (!ipaddr.isValid(text)) return null;
  // `process` turns ::ffff:192.0.2.1, which a socket for both protocols shows, into 192.0.2.1.
  const parsed = ipaddr.process(text);
  const address = parsed.toString();
  if (!(parsed instanceof ipaddr.IPv6)) return { address, client: address };
  const prefix = parsed.parts.slice(0, PREFIX_PARTS).map((part) => part.toString(16));
  return { address, client: `${prefix.join(":")}::/64` };
}

const NOBODY: Client = { address: "", client: "" };

/**
 * Tells where requests come from: the address of the connection, or what the proxies of `TRUST_PROXY` say. What is no
 * address (a forwarded header may hold anything) counts as the connection's.
 */
export function createClients(): (request: FastifyRequest) => Client {
  // Parsing takes longer than all else that is done for a key.
  const known = new Lru<string, Client>(REMEMBERED);
  return (request) => {
    const { ip } = request;
    const found = known.get(ip);
    if (found) return found;
    const client = clientOfAddress(ip);
    if (!client) return clientOfAddress(request.raw.socket.remoteAddress ?? "") ?? NOBODY;
    known.set(ip, client);
    return client;
  };
}
