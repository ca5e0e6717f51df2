import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { Client, enterPassiveModeIPv4, enterPassiveModeIPv6, FTPContext, FTPError, type FTPResponse } from "basic-ftp";
import type { Clock } from "../types.js";
import { oneLine } from "./remote-connect.js";
import { RemoteFileError } from "./remote-file.js";

const MAX_REPLY = 65_536;
const NO_LIMIT = 0;
/** How long a server may take to say on the control connection why a data connection broke. */
const LAST_WORD_MS = 3000;

/**
 * basic-ftp's control connection, mended in three places. It takes a reply that arrives in pieces for several, so that
 * a slow server's answers are lost or mistaken for others: here it gets whole replies only. It refuses a PASV reply
 * that names another address than the control connection's, as servers behind NAT send: here the address is replaced,
 * which keeps data connections where the control connection is (no FTP bounce). And it closes everything when a data
 * connection breaks, so that ProFTPD's "550", which comes after it reset the data connection, is never seen.
 */
class ControlContext extends FTPContext {
  readonly #clock: Clock;
  #cancelTimer: () => void = () => undefined;
  #rest = "";
  #lines: string[] = [];
  #length = 0;
  #greeted = false;

  constructor(clock: Clock) {
    super(NO_LIMIT);
    this.#clock = clock;
  }

  /** Waits for what the server has to say about a transfer whose data connection broke with `error`. */
  lastWord(error: unknown): Promise<FTPResponse> {
    this.#closeSoon(error);
    return this.handle(undefined, (reply, task) => {
      if (reply instanceof Error) task.reject(reply);
      else if (reply.code >= 200) task.resolve(reply);
    });
  }

  /** A transfer is over, so its data connection concerns nobody any more. */
  endTransfer(): void {
    this.#cancelTimer();
  }

  /** Forgets what was received: whatever came before TLS must not count after it. */
  forget(): void {
    this.#rest = "";
    this.#lines = [];
    this.#length = 0;
  }

  override async request(command: string): Promise<FTPResponse> {
    const reply = await super.request(command);
    return command === "PASV" ? { ...reply, message: this.#toControlHost(reply.message) } : reply;
  }

  protected override _onControlSocketData(chunk: string): void {
    this.#length += chunk.length;
    if (this.#length > MAX_REPLY) {
      this.#giveUp(`sent a reply of more than ${MAX_REPLY} characters`);
      return;
    }
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line.replace(/\r$/, ""));
    if (this.#lines.length === 0) this.#length = this.#rest.length;
  }

  protected override _setupDefaultErrorHandlers(socket: Socket, identifier: string): void {
    if (identifier === "control socket") super._setupDefaultErrorHandlers(socket, identifier);
    else socket.on("error", (error) => this.#closeSoon(error));
  }

  #closeSoon(error: unknown): void {
    this.#cancelTimer();
    const reason = error instanceof Error ? error : new Error(String(error));
    this.#cancelTimer = this.#clock.after(LAST_WORD_MS, () => this.closeWithError(reason));
  }

  #take(line: string): void {
    const first = this.#lines[0] ?? line;
    if (!/^\d{3}(?:[ -]|$)/.test(first)) {
      if (!this.#greeted && line.trim() !== "") this.#giveUp(`does not speak FTP; it said "${oneLine(line, 60)}"`);
      return;
    }
    this.#greeted = true;
    this.#lines.push(line);
    // RFC 959, 4.2: a reply that begins with `123-` ends with the line that begins with `123 `.
    if (first[3] === "-" && line !== first.slice(0, 3) && !line.startsWith(`${first.slice(0, 3)} `)) return;
    const reply = this.#lines.join("\n");
    this.#lines = [];
    super._onControlSocketData(`${reply}\r\n`);
  }

  #toControlHost(message: string): string {
    const host = (this.socket.remoteAddress ?? "").replace(/^::ffff:/i, "");
    return message.replace(/\d{1,3}(?:,\d{1,3}){3}(?=,\d)/, host.replaceAll(".", ","));
  }

  #giveUp(what: string): void {
    this.closeWithError(new RemoteFileError("lost", "protocol", `The server ${what}.`));
  }
}

/** basic-ftp's client without idle time-outs of its own: the deadline of the send ends it. */
export class FtpClient extends Client {
  override readonly ftp: ControlContext;
  /** Comes when the data connection may be written to; undefined: it may. */
  dataReady: Promise<void> | undefined;
  /** Called once a data connection is open, just before the transfer is asked for; what it throws ends it there. */
  beforeTransfer: (() => void) | undefined;

  constructor(clock: Clock) {
    super(NO_LIMIT, { maxListingBytes: 1_048_576 });
    this.ftp = new ControlContext(clock);
    this.availableListCommands = ["LIST"];
  }
}

/** Why a data connection must not be used, once its TLS handshake is done; undefined: it may. */
export type JudgeData = (socket: TLSSocket) => Error | undefined;

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

/**
 * Opens data connections: EPSV, which carries no address that NAT could spoil, else PASV. What works is kept for the
 * next ones.
 */
export function usePassive(client: FtpClient, judge: JudgeData): void {
  const strategy = (enter: typeof enterPassiveModeIPv4): typeof enterPassiveModeIPv4 => {
    return async (ftp) => {
      const reply = await enter(ftp);
      client.dataReady = whenReady(client, judge);
      return reply;
    };
  };
  const passive = strategy(enterPassiveModeIPv4);
  const extended = strategy(enterPassiveModeIPv6);
  let open: typeof enterPassiveModeIPv4 = async (ftp) => {
    try {
      return await extended(ftp);
    } catch (error) {
      if (client.closed || (error instanceof FTPError && error.code === 421)) throw error;
      const reply = await passive(ftp);
      open = passive;
      return reply;
    }
  };
  client.prepareTransfer = async (ftp) => {
    const reply = await open(ftp);
    client.beforeTransfer?.();
    return reply;
  };
}
