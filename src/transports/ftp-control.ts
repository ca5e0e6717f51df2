import type { Socket } from "node:net";
import { Client, type FileInfo, FTPContext, type FTPResponse } from "basic-ftp";
import type { Clock } from "../types.js";
import { saidBy } from "./remote-connect.js";
import { RemoteFileError } from "./remote-file.js";

/** All that a server may say before it is asked something again; what it is asked for here is said in a line or two. */
const MAX_REPLY = 65_536;
/** Of the listing of one file, which some servers answer with that of the whole folder. */
const MAX_LISTING = 1_048_576;
const NO_LIMIT = 0;
/** How long a server may take to say on the control connection why a data connection broke. */
const LAST_WORD_MS = 3000;

/**
 * basic-ftp's control connection, mended in three places. It takes a reply that arrives in pieces for several, so that
 * a slow server's answers are lost or mistaken for others: here it gets whole replies only. It closes everything when a
 * data connection breaks, so that ProFTPD's "550", which comes after it reset the data connection, is never seen. And
 * it leaves a data connection that is being opened when all is closed to the system's patience: here it is closed too.
 */
class ControlContext extends FTPContext {
  readonly #clock: Clock;
  readonly #secrets: readonly string[];
  #cancelTimer: () => void = () => undefined;
  #rest = "";
  #lines: string[] = [];
  #length = 0;
  #greeted = false;
  #opening: Socket | undefined;

  constructor(clock: Clock, secrets: readonly string[]) {
    super(NO_LIMIT);
    this.#clock = clock;
    this.#secrets = secrets;
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

  override send(command: string): void {
    this.#length = this.#rest.length;
    super.send(command);
  }

  /** Forgets what was received: whatever came before TLS must not count after it. */
  forget(): void {
    this.#rest = "";
    this.#lines = [];
    this.#length = 0;
  }

  /** A data connection begins to be opened, and ends when everything is closed; undefined: it is open, or never will be. */
  opensData(socket: Socket | undefined): void {
    this.#opening = socket;
  }

  override closeWithError(error: Error): void {
    this.#opening?.destroy();
    super.closeWithError(error);
  }

  protected override _onControlSocketData(chunk: string): void {
    this.#length += chunk.length;
    if (this.#length > MAX_REPLY) {
      this.#giveUp(`said more than ${MAX_REPLY} characters without being asked`);
      return;
    }
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line.replace(/\r$/, ""));
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
      if (!this.#greeted && line.trim() !== "")
        this.#giveUp(`does not speak FTP; it said "${saidBy(line, this.#secrets, 60)}"`);
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

  /** `secrets`: what the server is sent, and may have been sent before. */
  constructor(clock: Clock, secrets: readonly string[]) {
    super(NO_LIMIT, { maxListingBytes: MAX_LISTING });
    this.ftp = new ControlContext(clock, secrets);
    this.availableListCommands = ["LIST"];
  }

  /** basic-ftp says only in words of its own that a listing is too long, which would be told as a broken connection. */
  protected override async _requestListWithCommand(command: string): Promise<FileInfo[]> {
    try {
      return await super._requestListWithCommand(command);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("StringWriter: Maximum bytes")) throw error;
      const told = `The server's listing of the file is longer than ${MAX_LISTING} bytes.`;
      throw new RemoteFileError("lost", "protocol", told, { cause: error });
    }
  }
}
