import { connect, type Socket } from "node:net";
import { TransportError } from "../errors.js";
import { hostText } from "../schemas/host-text.js";
import { networkFault } from "./network-faults.js";
import type { CheckedAddress, EgressProxy } from "./transport.js";

/** A socket that is connected to one of the addresses that were checked, through the proxy if there is one. */
export interface Opened {
  readonly socket: Socket;
  readonly address: CheckedAddress;
}

const HTTP_PORT = 80;
const MAX_HEAD = 16 * 1024;
const HEAD_END = "\r\n\r\n";
/** The proxy tried and failed, so that another address of the receiver may still answer (RFC 9110, 15.6). */
const FAR_SIDE: ReadonlySet<number> = new Set([502, 503, 504]);

/** Reads `http://[user:password@]host:port`; undefined: it is none. */
export function parseEgressProxy(text: string): EgressProxy | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (protocol !== "http:" || (pathname !== "/" && pathname !== "") || search || hash) return undefined;
  const host = hostname.replace(/^\[|\]$/g, "");
  const reach = { host, port: port === "" ? HTTP_PORT : Number(port) };
  if (!username && !password) return reach;
  try {
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { ...reach, authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  } catch {
    return undefined;
  }
}

function failed(proxy: EgressProxy, what: string, cause?: unknown): TransportError {
  const message = `The egress proxy ${hostText(proxy.host)}:${proxy.port} ${what}; nothing was sent.`;
  return new TransportError({ fault: "connection", code: "proxy", message, cause });
}

/** What the proxy's refusal means. Its own words are not used: they may say anything. */
function refusalOf(proxy: EgressProxy, status: number, to: string): TransportError {
  if (status === 407) return failed(proxy, "does not accept the login of EGRESS_PROXY (407)");
  if (!FAR_SIDE.has(status)) return failed(proxy, `refused the connection to ${to} (${status})`);
  const message = `The server ${to} cannot be reached through the egress proxy (${status}).`;
  return new TransportError({ fault: "connection", code: "connect", message });
}

/** The head of the proxy's answer; what comes after it stays in the socket, where the receiver's words begin. */
function readHead(proxy: EgressProxy, socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const finish = (settle: () => void) => {
      socket.off("readable", read).off("error", broken).off("close", closed).off("end", closed);
      settle();
    };
    const broken = (error: Error) =>
      finish(() =>
        reject(failed(proxy, `broke off: ${networkFault(error)?.sentence ?? "the connection closed"}`, error)),
      );
    const closed = () => finish(() => reject(failed(proxy, "closed the connection without an answer")));
    const read = () => {
      for (let chunk = socket.read() as Buffer | null; chunk; chunk = socket.read() as Buffer | null) {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf(HEAD_END);
        if (end >= 0) {
          const rest = head.subarray(end + HEAD_END.length);
          return finish(() => {
            if (rest.length > 0) socket.unshift(rest);
            resolve(head.toString("latin1", 0, end));
          });
        }
        if (head.length > MAX_HEAD) return finish(() => reject(failed(proxy, "sent an answer without an end")));
      }
    };
    socket.on("readable", read).on("error", broken).on("close", closed).on("end", closed);
  });
}

async function reachProxy(proxy: EgressProxy, onSocket: (socket: Socket) => void): Promise<Socket> {
  const socket = connect({ host: proxy.host, port: proxy.port, noDelay: true });
  onSocket(socket);
  return new Promise((resolve, reject) => {
    const broken = (error: unknown) =>
      reject(failed(proxy, `cannot be reached: ${networkFault(error)?.sentence ?? "the connection closed"}`, error));
    const closed = () => broken(undefined);
    socket.once("error", broken).once("close", closed);
    socket.once("connect", () => {
      socket.removeListener("error", broken).removeListener("close", closed);
      resolve(socket);
    });
  });
}

async function tunnel(
  proxy: EgressProxy,
  { address }: CheckedAddress,
  port: number,
  onSocket: (socket: Socket) => void,
): Promise<Socket> {
  const to = `${hostText(address)}:${port}`;
  const socket = await reachProxy(proxy, onSocket);
  const login = proxy.authorization ? `Proxy-Authorization: ${proxy.authorization}\r\n` : "";
  socket.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n${login}\r\n`);
  try {
    const head = await readHead(proxy, socket);
    const [, status] = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(head) ?? [];
    if (status === undefined) throw failed(proxy, "does not answer as an HTTP proxy");
    if (!status.startsWith("2")) throw refusalOf(proxy, Number(status), to);
    return socket;
  } catch (error) {
    // It may still break after this, which concerns nobody.
    socket.on("error", () => undefined).destroy();
    throw error;
  }
}

/**
 * Has the proxy connect to the checked addresses in turn, until one answers: it gets addresses, never names, so that what
 * was checked is what is connected to. Throws TransportError, `proxy` or `connect`.
 */
export async function connectThrough(
  proxy: EgressProxy,
  addresses: readonly CheckedAddress[],
  port: number,
  onSocket: (socket: Socket) => void,
): Promise<Opened> {
  let last: unknown = new Error("no address");
  for (const address of addresses) {
    try {
      return { socket: await tunnel(proxy, address, port, onSocket), address };
    } catch (error) {
      last = error;
      if (!(error instanceof TransportError) || error.code !== "connect") throw error;
    }
  }
  throw last;
}
