import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { buildConnector } from "undici";
import { TransportError } from "../errors.js";
import type { Clock } from "../types.js";
import type { Connections } from "./connections.js";
import { checkedLookup, connectedTo, demandPort } from "./egress.js";
import { connectThrough } from "./egress-proxy.js";
import { breakHandshakes } from "./floods.js";
import { HttpClients, IdleConnections } from "./http-clients.js";
import { breakFloods, readInPieces } from "./http-flood.js";
import type { HttpTarget, TlsOptions } from "./http-options.js";
import { keepOpening, type Opening } from "./http-times.js";
import { tlsName } from "./remote-connect.js";
import { SessionRoom, Sessions } from "./tls-sessions.js";
import { brokenBeforeVerdict, whenJudged } from "./tls-verdict.js";
import type { CheckedAddress, EgressProxy, Resolve, SendContext } from "./transport.js";

const KEEP_ALIVE_MS = 10_000;
/** However long the server offers to keep a connection. */
const KEEP_ALIVE_MAX_MS = 60_000;
/**
 * Idle connections of all receivers together: with thousands of them most would be kept for a send that comes after they
 * are closed, and take the memory of those in use.
 */
const MAX_IDLE = 1000;
const CONNECT_TIMEOUT_MS = 10_000;

/** No send's own: a connection may serve another send than the one that it was opened for. */
const noSignal = new AbortController().signal;

const numbers = new WeakMap<Resolve | EgressProxy, number>();
let lastNumber = 0;

/** Connections are as trustworthy as the guard that let them be opened, so each guard, and each way out, has its own. */
function numberOf(it: Resolve | EgressProxy): number {
  let number = numbers.get(it);
  if (!number) {
    number = ++lastNumber;
    numbers.set(it, number);
  }
  return number;
}

/** What counts together of all agents. */
interface Together {
  readonly idle: IdleConnections;
  readonly sessions: SessionRoom;
}

const togetherOf = new WeakMap<Connections, Together>();

function among(connections: Connections): Together {
  let together = togetherOf.get(connections);
  if (!together) {
    together = { idle: new IdleConnections(MAX_IDLE), sessions: new SessionRoom() };
    togetherOf.set(connections, together);
  }
  return together;
}

/**
 * The agent that sends go through: one for all endpoints, and one for each set of authorities and client certificate. Connections per origin
 * are not limited: a limit would let the hanging requests of one lane hold up another lane of the same origin.
 */
export function agentOf(target: HttpTarget, { connections, resolve, proxy, clock }: SendContext): HttpClients {
  const { tls } = target;
  const way = proxy ? `${numberOf(resolve)}:${numberOf(proxy)}` : numberOf(resolve);
  return connections.shared(`http:${way}:${target.trust}`, () => {
    const connecting = new Set<Socket>();
    const options = {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      // The attempt's total deadline stands in for both: a byte now and then would never trip them.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const { idle, sessions: room } = among(connections);
    const sessions = new Sessions(room);
    const connect = guardedConnector({ resolve, proxy, clock, tls, connecting, sessions });
    const agent = new HttpClients(options, connect, idle);
    const close = () => {
      sessions.close();
      // Closing waits for the requests under way; those without a connection would make it wait for nothing.
      for (const socket of connecting) socket.destroy(Object.assign(new Error("closed"), { code: "ECONNABORTED" }));
      return agent.closeAll();
    };
    return { value: agent, close, destroy: () => agent.destroyAll() };
  });
}

interface ConnectorOptions {
  readonly resolve: Resolve;
  readonly proxy: EgressProxy | undefined;
  readonly clock: Clock;
  readonly tls: TlsOptions;
  readonly connecting: Set<Socket>;
  readonly sessions: Sessions;
}

function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  return (to, callback) => {
    const port = Number(to.port) || (to.protocol === "https:" ? 443 : 80);
    // undici takes the brackets of an IPv6 literal off. Literals go the same way: `net` never looks them up.
    const beganAt = options.clock.monotonic();
    options.resolve(to.hostname, noSignal).then(
      (addresses) => new Connecting({ ...options, to, port, addresses, callback, beganAt }).begin(),
      (error: Error) => callback(error, null),
    );
  };
}

interface ConnectingOptions extends ConnectorOptions {
  readonly to: buildConnector.Options;
  readonly port: number;
  readonly addresses: readonly CheckedAddress[];
  readonly callback: buildConnector.Callback;
  /** Monotonic ms: when the name began to be looked up. */
  readonly beganAt: number;
}

/** One connection on its way: to the receiver, or through the proxy, and through the TLS handshake. */
class Connecting {
  readonly #options: ConnectingOptions;
  readonly #cancel: () => void;
  #socket: Socket | undefined;
  readonly #resolvedAt: number;
  #connectedAt: number | undefined;
  #waiting = true;
  #judging = false;

  constructor(options: ConnectingOptions) {
    this.#options = options;
    this.#resolvedAt = options.clock.monotonic();
    this.#cancel = options.clock.after(CONNECT_TIMEOUT_MS, () =>
      this.#socket?.destroy(Object.assign(new Error("connect timeout"), { code: "ETIMEDOUT" })),
    );
  }

  begin(): void {
    const { port, addresses, proxy } = this.#options;
    try {
      demandPort(port, "http");
    } catch (error) {
      this.#settle(error as Error, null);
      return;
    }
    if (!proxy) {
      this.#shakeHands(undefined);
      return;
    }
    connectThrough(proxy, addresses, port, (socket) => this.#work(socket)).then(
      ({ socket }) => this.#shakeHands(socket),
      (error: Error) => this.#settle(error, null),
    );
  }

  /** `tunnel`: what leads through the proxy already. */
  #shakeHands(tunnel: Socket | undefined): void {
    const isTls = this.#options.to.protocol === "https:";
    const socket = isTls ? tlsSocket(this.#options, tunnel) : (tunnel ?? plainSocket(this.#options));
    this.#work(socket);
    if (tunnel) this.#connectedAt = this.#options.clock.monotonic();
    else if (isTls)
      socket.once("connect", () => {
        this.#connectedAt = this.#options.clock.monotonic();
      });
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    const broken = (error: Error) => this.#settle(this.#judging ? brokenBeforeVerdict(error) : error, null);
    socket.on("error", broken);
    // A socket may close without an error; undici would wait for ever.
    socket.on("close", () => broken(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
    const opened = () => this.#opened(socket, tunnel !== undefined);
    if (isTls) socket.once("secureConnect", () => this.#judged(socket as TLSSocket, opened));
    else if (tunnel) opened();
    else socket.once("connect", opened);
  }

  #judged(socket: TLSSocket, opened: () => void): void {
    const { tls, clock } = this.#options;
    this.#judging = tls.cert !== undefined;
    if (this.#judging) whenJudged(socket, clock, opened);
    else opened();
  }

  #opened(socket: Socket, isTunnel: boolean): void {
    try {
      // Behind a proxy the other end is the proxy's; it was told the address.
      if (!isTunnel) connectedTo(socket, this.#options.addresses);
      demandSilence(socket);
      breakFloods(socket);
      readInPieces(socket);
      this.#settle(null, socket);
    } catch (error) {
      socket.destroy();
      this.#settle(error as Error, null);
    }
  }

  #work(socket: Socket): void {
    if (this.#socket) this.#options.connecting.delete(this.#socket);
    this.#socket = socket;
    this.#options.connecting.add(socket);
  }

  #settle(...outcome: Parameters<buildConnector.Callback>): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#cancel();
    if (this.#socket) this.#options.connecting.delete(this.#socket);
    keepOpening(outcome[0] ?? outcome[1], this.#steps());
    this.#options.callback(...outcome);
  }

  /** How long each step took that was begun. */
  #steps(): Opening {
    const { clock, beganAt, to } = this.#options;
    const now = clock.monotonic();
    const connectedAt = this.#connectedAt ?? now;
    const plain = { resolve: this.#resolvedAt - beganAt, connect: connectedAt - this.#resolvedAt };
    return to.protocol === "https:" && this.#connectedAt !== undefined ? { ...plain, tls: now - connectedAt } : plain;
  }
}

/** Throws where the receiver has spoken already, or is gone: undici would drop the connection without a word of why. */
function demandSilence(socket: Socket): void {
  if (socket.destroyed) throw Object.assign(new Error("closed"), { code: "ECONNRESET" });
  if (socket.readableLength === 0) return;
  const message = "The server spoke before it was asked anything, which no HTTP server does; nothing was sent.";
  throw new TransportError({ fault: "connection", code: "protocol", message });
}

function plainSocket({ to, port, addresses }: ConnectingOptions): Socket {
  return connectTcp({ host: to.hostname, port, lookup: checkedLookup(addresses) });
}

function tlsSocket({ to, port, addresses, tls, sessions }: ConnectingOptions, tunnel: Socket | undefined): TLSSocket {
  const key = `${to.hostname}:${port}`;
  const session = sessions.get(key);
  const way = tunnel ? { socket: tunnel } : { port, lookup: checkedLookup(addresses) };
  const socket = connectTls({
    ...tls,
    ...tlsName(to.hostname),
    ...way,
    ALPNProtocols: ["http/1.1"],
    ...(session ? { session } : {}),
  });
  const keep = (fresh: Buffer) => sessions.keep(key, fresh);
  breakHandshakes(socket);
  // A resumed session is not checked against the host name again: only one whose certificate was found good is kept.
  let early: Buffer | undefined;
  socket.on("session", (fresh: Buffer) => {
    if (socket.authorized) keep(fresh);
    else early = fresh;
  });
  socket.once("secureConnect", () => early && keep(early));
  return socket;
}
