import { connect, type LookupFunction, type Socket } from "node:net";
import ipaddr from "ipaddr.js";
import { TransportError } from "../errors.js";
import { connectThrough, type Opened } from "./egress-proxy.js";
import { type PortUse, portRefusal } from "./ports.js";
import type { CheckedAddress, EgressProxy } from "./transport.js";

const NEXT_ADDRESS_AFTER_MS = 2000;

/** Where a connection may lead: to these addresses and no others, at this port. */
export interface Destination {
  readonly addresses: readonly CheckedAddress[];
  readonly port: number;
  readonly use: PortUse;
  /** The operator's way out; undefined: straight. */
  readonly proxy?: EgressProxy | undefined;
}

function refused(message: string): TransportError {
  return new TransportError({ fault: "config", code: "address_refused", message });
}

/** Throws TransportError `address_refused` where the port belongs to another kind of service. */
export function demandPort(port: number, use: PortUse): void {
  const refusal = portRefusal(port, use);
  if (refusal !== undefined) throw refused(`The ${refusal.message}.`);
}

/** A look-up that answers with addresses that were checked already, in the form that `net` asks for. */
export function checkedLookup(addresses: readonly CheckedAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, [...addresses]);
    else if (first) callback(null, first.address, first.family);
  };
}

/** Which of the addresses that were checked a socket is connected to. Closes it, and throws, when it is none of them. */
export function connectedTo(socket: Socket, addresses: readonly CheckedAddress[]): CheckedAddress {
  const remote = socket.remoteAddress?.replace(/%.*$/, "");
  const actual = remote && ipaddr.process(remote).toString();
  const found = addresses.find(({ address }) => address.replace(/%.*$/, "") === actual);
  if (found) return found;
  socket.destroy();
  throw refused("The connection led to another address than the one that was checked.");
}

/**
 * Connects to the first of the checked addresses that answers, never to another one. `onSocket` gets the socket at
 * once, so that it can be destroyed at the deadline. Throws what Node throws, or TransportError.
 */
export async function openSocket(to: Destination, onSocket: (socket: Socket) => void): Promise<Opened> {
  const { addresses, port, use, proxy } = to;
  demandPort(port, use);
  if (proxy) return connectThrough(proxy, addresses, port, onSocket);
  const [first] = addresses;
  if (!first) throw new Error("no address");
  const socket =
    addresses.length === 1
      ? connect({ host: first.address, port, family: first.family, noDelay: true })
      : connect({
          // Not looked up: the addresses were, and checked.
          host: "checked.invalid",
          port,
          lookup: checkedLookup(addresses),
          autoSelectFamily: true,
          autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
          noDelay: true,
        });
  onSocket(socket);
  await whenConnected(socket);
  return { socket, address: connectedTo(socket, addresses) };
}

/** Resolves once it is connected; rejects with its error, also when it is destroyed without one. */
export function whenConnected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(Object.assign(new Error("closed"), { code: "ECONNABORTED" }));
    socket.once("error", reject).once("close", closed);
    socket.once("connect", () => {
      socket.removeListener("error", reject).removeListener("close", closed);
      resolve();
    });
  });
}
