import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import ipaddr from "ipaddr.js";
import { Agent, type buildConnector } from "undici";
import { TransportError } from "../errors.js";
import type { Clock } from "../types.js";
import type { HttpTarget, TlsOptions } from "./http-options.js";
import { brokenBeforeVerdict, whenJudged } from "./tls-verdict.js";
import type { CheckedAddress, Resolve, SendContext } from "./transport.js";

const KEEP_ALIVE_MS = 10_000;
/** However long the server offers to keep a connection. */
const KEEP_ALIVE_MAX_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_SESSIONS = 500;

/** No send's own: a connection may serve another send than the one that it was opened for. */
const noSignal = new AbortController().signal;

const resolverNumbers = new WeakMap<Resolve, number>();
let lastResolver = 0;

/** Connections are as trustworthy as the guard that let them be opened, so each guard has its own. */
function numberOf(resolve: Resolve): number {
  let number = resolverNumbers.get(resolve);
  if (!number) {
    number = ++lastResolver;
    resolverNumbers.set(resolve, number);
  }
  return number;
}

/**
 * The agent that sends go through: one for all endpoints, and one for each set of authorities and client certificate. Connections per origin
 * are not limited: a limit would let the hanging requests of one lane hold up another lane of the same origin.
 */
export function agentOf(target: HttpTarget, { connections, resolve, clock }: SendContext): Agent {
  const { tls } = target;
  return connections.shared(`http:${numberOf(resolve)}:${target.trust}`, () => {
    const connecting = new Set<Socket>();
    const agent = new Agent({
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      // The attempt's total deadline stands in for both: a byte now and then would never trip them.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: guardedConnector({ resolve, clock, tls, connecting }),
    });
    const close = () => {
      // Closing waits for the requests under way; those without a connection would make it wait for nothing.
      for (const socket of connecting) socket.destroy(Object.assign(new Error("closed"), { code: "ECONNABORTED" }));
      return agent.close();
    };
    return { value: agent, close, destroy: () => void agent.destroy().catch(() => undefined) };
  });
}

interface ConnectorOptions {
  readonly resolve: Resolve;
  readonly clock: Clock;
  readonly tls: TlsOptions;
  readonly connecting: Set<Socket>;
}

/** A look-up that answers with addresses that were checked already, in the form that `net` asks for. */
export function checkedLookup(addresses: readonly CheckedAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, [...addresses]);
    else if (first) callback(null, first.address, first.family);
  };
}

/** Whether a socket is connected to one of the addresses that were checked. */
export function isConnectedTo(socket: Socket, addresses: readonly CheckedAddress[]): boolean {
  const remote = socket.remoteAddress?.replace(/%.*$/, "");
  if (!remote) return false;
  const actual = ipaddr.process(remote).toString();
  return addresses.some(({ address }) => address.replace(/%.*$/, "") === actual);
}

function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  const sessions = new Map<string, Buffer>();
  return (to, callback) => {
    // undici takes the brackets of an IPv6 literal off. Literals go the same way: `net` never looks them up.
    options.resolve(to.hostname, noSignal).then(
      (addresses) => openSocket(to, addresses, options, sessions, callback),
      (error: Error) => callback(error, null),
    );
  };
}

function openSocket(
  to: buildConnector.Options,
  addresses: readonly CheckedAddress[],
  { clock, tls, connecting }: ConnectorOptions,
  sessions: Map<string, Buffer>,
  callback: buildConnector.Callback,
): void {
  const socket = to.protocol === "https:" ? tlsSocket(to, addresses, tls, sessions) : plainSocket(to, addresses);
  let waiting = true;
  const settle = (...outcome: Parameters<buildConnector.Callback>) => {
    if (!waiting) return;
    waiting = false;
    cancel();
    connecting.delete(socket);
    callback(...outcome);
  };
  const cancel = clock.after(CONNECT_TIMEOUT_MS, () =>
    socket.destroy(Object.assign(new Error("connect timeout"), { code: "ETIMEDOUT" })),
  );
  connecting.add(socket);
  socket.setNoDelay(true).setKeepAlive(true, 60_000);
  const opened = () => {
    if (isConnectedTo(socket, addresses)) return settle(null, socket);
    socket.destroy();
    const message = "The connection led to another address than the one that was checked.";
    settle(new TransportError({ fault: "config", code: "address_refused", message }), null);
  };
  let judging = false;
  const judged = () => {
    judging = tls.cert !== undefined;
    if (judging) whenJudged(socket as TLSSocket, clock, opened);
    else opened();
  };
  if (to.protocol === "https:") socket.once("secureConnect", judged);
  else socket.once("connect", opened);
  const broken = (error: Error) => settle(judging ? brokenBeforeVerdict(error) : error, null);
  socket.on("error", broken);
  // A socket may close without an error; undici would wait for ever.
  socket.on("close", () => broken(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
}

function plainSocket({ hostname, port }: buildConnector.Options, addresses: readonly CheckedAddress[]): Socket {
  return connectTcp({ host: hostname, port: Number(port) || 80, lookup: checkedLookup(addresses) });
}

function tlsSocket(
  { hostname, port }: buildConnector.Options,
  addresses: readonly CheckedAddress[],
  tls: TlsOptions,
  sessions: Map<string, Buffer>,
): Socket {
  const key = `${hostname}:${port}`;
  const session = sessions.get(key);
  const socket = connectTls({
    ...tls,
    host: hostname,
    port: Number(port) || 443,
    lookup: checkedLookup(addresses),
    ALPNProtocols: ["http/1.1"],
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ...(session ? { session } : {}),
  });
  const keep = (fresh: Buffer) => {
    if (sessions.size >= MAX_SESSIONS) sessions.delete(sessions.keys().next().value ?? "");
    sessions.set(key, fresh);
  };
  // A resumed session is not checked against the host name again: only one whose certificate was found good is kept.
  let early: Buffer | undefined;
  socket.on("session", (fresh: Buffer) => {
    if (socket.authorized) keep(fresh);
    else early = fresh;
  });
  socket.once("secureConnect", () => early && keep(early));
  return socket;
}
