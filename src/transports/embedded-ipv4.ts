import ipaddr from "ipaddr.js";
import { type Address, liesIn, type Network } from "./special-ranges.js";

const network = (text: string): Network => ipaddr.parseCIDR(text);

const COMPATIBLE = network("::/96");
const TRANSLATED = network("::ffff:0:0:0/96");
const NAT64 = network("64:ff9b::/96");
const LOCAL_NAT64 = network("64:ff9b:1::/48");
const TEREDO = network("2001::/32");
const SIX_TO_FOUR = network("2002::/16");

/** Where an IPv4 address lies in an IPv6 one behind a prefix of 48, 56 or 64 bits, and what is zero then (RFC 6052, 2.2). */
const SHORT_PREFIXES = [
  { at: [6, 7, 9, 10], zero: [8, 11, 12, 13, 14, 15] },
  { at: [7, 9, 10, 11], zero: [8, 12, 13, 14, 15] },
  { at: [9, 10, 11, 12], zero: [8, 13, 14, 15] },
] as const;
const LAST = [12, 13, 14, 15] as const;

type Bytes = readonly number[];
const pick = (bytes: Bytes, at: readonly number[], flip = 0): Address =>
  ipaddr.fromByteArray(at.map((index) => (bytes[index] ?? 0) ^ flip));

/** How long the prefix of a local NAT64 is only its network knows: each way to read the address that is possible. */
function behindLocalNat64(bytes: Bytes): Address[] {
  const short = SHORT_PREFIXES.filter(({ zero }) => zero.every((index) => bytes[index] === 0));
  const found = [...short.map(({ at }) => pick(bytes, at)), pick(bytes, LAST)];
  // Read with the wrong length, most begin with a zero, as no address of a receiver does.
  const likely = found.filter((address) => address.toByteArray()[0] !== 0);
  return likely.length > 0 ? likely : found;
}

/** Interface identifiers of ISATAP, `…:0:5efe:a.b.c.d` and `…:200:5efe:a.b.c.d`, lie in any prefix (RFC 5214, 6.1). */
const isIsatap = (bytes: Bytes) =>
  (bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;

/**
 * The IPv4 addresses to which a gateway or tunnel would hand on what is sent to an IPv6 one (NAT64, 6to4, Teredo, ISATAP).
 * Mapped ones (`::ffff:…`) are IPv4 addresses already when they come here.
 */
export function embeddedIpv4(address: Address): readonly Address[] {
  if (address.kind() === "ipv4") return [];
  const bytes = address.toByteArray();
  // Not the two that have a meaning of their own.
  if (liesIn(address, COMPATIBLE)) return bytes.slice(12, 15).some((byte) => byte !== 0) ? [pick(bytes, LAST)] : [];
  if (liesIn(address, TRANSLATED) || liesIn(address, NAT64)) return [pick(bytes, LAST)];
  if (liesIn(address, LOCAL_NAT64)) return behindLocalNat64(bytes);
  if (liesIn(address, SIX_TO_FOUR)) return [pick(bytes, [2, 3, 4, 5])];
  // The server that is asked for the way, and the client behind it, whose address is written inverted (RFC 4380, 4).
  if (liesIn(address, TEREDO)) return [pick(bytes, [4, 5, 6, 7]), pick(bytes, LAST, 0xff)];
  return isIsatap(bytes) ? [pick(bytes, LAST)] : [];
}
