import type { Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { type FTPContext, FTPError, type FTPResponse } from "basic-ftp";
import { TransportError } from "../errors.js";
import { breakHandshakes } from "./floods.js";
import type { FtpClient } from "./ftp-control.js";
import { portRefusal } from "./ports.js";
import { RemoteFileError } from "./remote-file.js";
import { lost } from "./remote-send.js";

/** Opens a connection to the address of the control connection, and to no other. */
export type OpenData = (port: number, onSocket: (socket: Socket) => void) => Promise<Socket>;

/** Why a data connection must not be used, once its TLS handshake is done; undefined: it may. */
export type JudgeData = (socket: TLSSocket) => Error | undefined;

/** `229 … (|||6446|)`, or with another sign in the place of the bars (RFC 2428, 3). */
const EPSV = /([^\s\w])\1\1(\d{1,5})\1/;
/** `227 … (192,168,1,100,10,229)`; the brackets are not everybody's (RFC 1123, 4.1.2.6). */
const PASV = /(?<![\d,-])\d{1,3},\d{1,3},\d{1,3},\d{1,3},(\d{1,3}),(\d{1,3})(?![\d,])/;

/**
 * The port that a server names for data. The address that PASV names beside it is not looked at: servers behind NAT name
 * a private one, and others would have Waybell connect wherever they like (FTP bounce).
 */
function portIn(command: "EPSV" | "PASV", { message }: FTPResponse): number {
  const [, first, second] = (command === "EPSV" ? EPSV : PASV).exec(message) ?? [];
  if (command === "EPSV" && second !== undefined) return Number(second);
  const [high, low] = [Number(first), Number(second)];
  if (command === "PASV" && high < 256 && low < 256) return high * 256 + low;
  throw new RemoteFileError("lost", "protocol", `The server's answer to ${command} names no port.`);
}

async function enter(ftp: FtpClient["ftp"], command: "EPSV" | "PASV", open: OpenData): Promise<FTPResponse> {
  const reply = await ftp.request(command);
  const port = portIn(command, reply);
  const refusal = portRefusal(port, "ftp-data");
  if (refusal !== undefined) {
    throw new RemoteFileError(
      "lost",
      "data_port",
      `The server's answer to ${command} leads elsewhere: ${refusal.message}.`,
    );
  }
  const raw = await open(port, (socket) => ftp.opensData(socket))
    .catch((error: unknown) => {
      throw unopened(error);
    })
    // TLS will own it: OpenSSL does not survive that somebody else closes it from under it.
    .finally(() => ftp.opensData(undefined));
  ftp.dataSocket = ftp.socket instanceof TLSSocket ? secured(ftp, raw) : raw;
  return reply;
}

/** Nothing of a transfer was asked for yet: the server has no last word to wait for, and this is the reason. */
function unopened(error: unknown): RemoteFileError {
  if (error instanceof TransportError) return new RemoteFileError("lost", error.code, error.message);
  const { code, message } = lost(error, "It was closed.");
  return new RemoteFileError("lost", code, `No data connection can be opened. ${message}`, { cause: error });
}

/** In the session of the control connection: servers demand it of whoever connects, so that nobody else can. */
function secured(ftp: FTPContext, raw: Socket): TLSSocket {
  const session = ftp.tlsSessionStore ?? (ftp.socket as TLSSocket).getSession();
  const socket = connectTls({ ...ftp.tlsOptions, socket: raw, ...(session ? { session } : {}) });
  breakHandshakes(socket);
  // Tickets of TLS 1.3 serve once.
  socket.on("session", (fresh) => {
    ftp.tlsSessionStore = fresh;
  });
  return socket;
}

/**
 * basic-ftp begins to write as soon as a resumed session names a cipher, which is before the handshake is done: an
 * empty file then ends the connection in the middle of it. And nothing may leave before the certificate was judged.
 */
function whenReady({ ftp }: FtpClient, judge: JudgeData): Promise<void> | undefined {
  const socket = ftp.dataSocket;
  if (!(socket instanceof TLSSocket)) return undefined;
  return new Promise((resolve) => {
    socket.once("secureConnect", () => {
      const fault = judge(socket);
      if (fault) ftp.closeWithError(fault);
      else resolve();
    });
  });
}

/** Whether PASV may go where EPSV did not: not after a connection that is over, or an answer that leads elsewhere. */
function isFinal(client: FtpClient, error: unknown): boolean {
  const isOver = client.closed || (error instanceof FTPError && error.code === 421);
  return isOver || (error instanceof RemoteFileError && error.code === "data_port");
}

/**
 * Opens data connections: EPSV, which carries no address that NAT could spoil, else PASV. What works is kept for the
 * next ones.
 */
export function usePassive(client: FtpClient, open: OpenData, judge: JudgeData): void {
  const strategy = (command: "EPSV" | "PASV") => async () => {
    const reply = await enter(client.ftp, command, open);
    client.dataReady = whenReady(client, judge);
    return reply;
  };
  const passive = strategy("PASV");
  const extended = strategy("EPSV");
  let prepare = async () => {
    try {
      return await extended();
    } catch (error) {
      if (isFinal(client, error)) throw error;
      const reply = await passive();
      prepare = passive;
      return reply;
    }
  };
  client.prepareTransfer = async () => {
    const reply = await prepare();
    client.beforeTransfer?.();
    return reply;
  };
}
