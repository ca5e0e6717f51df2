import ipaddr from "ipaddr.js";

export type Address = ReturnType<typeof ipaddr.parse>;
export type Network = readonly [Address, number];

/** The only block of IPv6 that the internet routes (IANA, IPv6 address space). */
const GLOBAL_IPV6 = "2000::/3";

/**
 * Networks that no receiver of the internet has an address in, with what they are. From IANA's registries of special
 * IPv4 and IPv6 addresses; also those that are "globally reachable" there, as they serve the network and no customer.
 */
const SPECIAL: readonly (readonly [network: string, what: string])[] = [
  ["0.0.0.0/8", "this host, RFC 791"],
  ["10.0.0.0/8", "private, RFC 1918"],
  ["100.64.0.0/10", "behind a provider's NAT, RFC 6598"],
  ["127.0.0.0/8", "this machine, RFC 1122"],
  // Public by its number, but on Azure it leads into the platform that runs the machine.
  ["168.63.129.16/32", "Azure's platform"],
  ["169.254.0.0/16", "link-local, where clouds keep their metadata, RFC 3927"],
  ["172.16.0.0/12", "private, RFC 1918"],
  ["192.0.0.0/24", "of protocols, RFC 6890"],
  ["192.0.2.0/24", "of documentation, RFC 5737"],
  ["192.31.196.0/24", "AS112, RFC 7535"],
  ["192.52.193.0/24", "of multicast tunnels, RFC 7450"],
  ["192.88.99.0/24", "of 6to4 relays, RFC 7526"],
  ["192.168.0.0/16", "private, RFC 1918"],
  ["192.175.48.0/24", "AS112, RFC 7534"],
  ["198.18.0.0/15", "of benchmarks, RFC 2544"],
  ["198.51.100.0/24", "of documentation, RFC 5737"],
  ["203.0.113.0/24", "of documentation, RFC 5737"],
  ["224.0.0.0/4", "multicast, RFC 5771"],
  ["255.255.255.255/32", "broadcast, RFC 919"],
  ["240.0.0.0/4", "reserved, RFC 1112"],
  ["::1/128", "this machine, RFC 4291"],
  ["::/128", "no address at all, RFC 4291"],
  ["::/96", "IPv4 in IPv6, RFC 4291"],
  ["::ffff:0:0:0/96", "IPv4 in IPv6, RFC 2765"],
  ["64:ff9b::/96", "IPv4 behind NAT64, RFC 6052"],
  ["64:ff9b:1::/48", "IPv4 behind NAT64, RFC 8215"],
  ["100::/64", "thrown away, RFC 6666"],
  ["100:0:0:1::/64", "a dummy prefix, RFC 9780"],
  ["2001::/32", "Teredo, RFC 4380"],
  ["2001:2::/48", "of benchmarks, RFC 5180"],
  ["2001:10::/28", "ORCHID, RFC 4843"],
  ["2001:20::/28", "ORCHIDv2, RFC 7343"],
  ["2001:30::/28", "of drones, RFC 9374"],
  ["2001::/23", "of protocols, RFC 2928"],
  ["2001:db8::/32", "of documentation, RFC 3849"],
  ["2002::/16", "6to4, RFC 3056"],
  ["2620:4f:8000::/48", "AS112, RFC 7534"],
  ["3ffe::/16", "the former 6bone, RFC 3701"],
  ["3fff::/20", "of documentation, RFC 9637"],
  ["5f00::/16", "segment routing, RFC 9602"],
  ["fc00::/7", "private, RFC 4193"],
  ["fe80::/10", "link-local, RFC 4291"],
  ["fec0::/10", "site-local, RFC 3879"],
  ["ff00::/8", "multicast, RFC 4291"],
];

const networks: readonly (readonly [Network, string])[] = SPECIAL.map(([network, what]) => [
  ipaddr.parseCIDR(network),
  what,
]);
const globalIpv6: Network = ipaddr.parseCIDR(GLOBAL_IPV6);

/** Whether the address lies in the network. */
export function liesIn(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** What an address is when it is not public unicast, such as `private, RFC 1918`; undefined: it is public. */
export function specialRange(address: Address): string | undefined {
  const special = networks.find(([network]) => liesIn(address, network))?.[1];
  if (special !== undefined || address.kind() === "ipv4" || liesIn(address, globalIpv6)) return special;
  return "not routed on the internet";
}
