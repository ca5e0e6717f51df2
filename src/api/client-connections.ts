import type { Server } from "node:http";
import { BlockList, isIPv6, type Socket } from "node:net";
import { clientOfAddress } from "./client-address.js";

/** Three quarters of all, for it may be a proxy that nobody named: but never all, so that others are still answered. */
const PER_CLIENT = 3072;

function trusted(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of proxies) {
    const [address = "", length] = entry.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return list;
}

/**
 * Bounds the connections that one client (an IPv4 address, the /64 of an IPv6 address) has open: what it does not finish,
 * or leaves idle, takes no room from others. A proxy of `TRUST_PROXY` has those of many clients, and is not bounded.
 */
export function boundConnections(server: Server, proxies: readonly string[], most: number = PER_CLIENT): void {
  const open = new Map<string, number>();
  const exempt = trusted(proxies);
  server.on("connection", (socket: Socket) => {
    const found = clientOfAddress(socket.remoteAddress ?? "");
    if (!found || exempt.check(found.address, isIPv6(found.address) ? "ipv6" : "ipv4")) return;
    const { client } = found;
    const count = (open.get(client) ?? 0) + 1;
    if (count > most) {
      // Nothing is said: an answer would have to be kept until it is read.
      socket.destroy();
      return;
    }
    open.set(client, count);
    socket.once("close", () => {
      const left = (open.get(client) ?? 1) - 1;
      if (left > 0) open.set(client, left);
      else open.delete(client);
    });
  });
}
