import { Readable } from "node:stream";
import { FTPError } from "basic-ftp";
import { ClaimExpiredError } from "../errors.js";
import type { StreamedBody } from "../templates/template.js";
import type { FtpClient } from "./ftp-control.js";
import { saidBy } from "./remote-connect.js";
import { BodyError, bodyChunks, joinPath, type PutWatch, RemoteFileError, type RemoteFiles } from "./remote-file.js";
import { lost } from "./remote-send.js";

/** Replies after which the connection, or the transfer on it, is over: they are no answer about the file. */
const BROKEN: ReadonlySet<number> = new Set([421, 425, 426]);

/** The body as a stream that waits until it may be sent, which is after the server has said 150, and then tells so. */
function source(body: Buffer | StreamedBody, client: FtpClient, onSending: () => void): Readable {
  if (!Buffer.isBuffer(body)) return Readable.from(chunks(body, client, onSending), { objectMode: false });
  const stream = new Readable({
    read() {
      // Asked now, not before: the data connection is opened after this stream is made.
      if (client.dataReady) client.dataReady.then(push);
      else push();
    },
  });
  const push = () => {
    onSending();
    if (body.length > 0) stream.push(body);
    stream.push(null);
  };
  return stream;
}

async function* chunks(body: StreamedBody, client: FtpClient, onSending: () => void) {
  await client.dataReady;
  onSending();
  yield* bodyChunks(body);
}

/** One folder of an FTP server, over one client, which takes one command at a time. */
export class FtpFiles implements RemoteFiles {
  readonly #client: FtpClient;
  readonly #directory: string;
  readonly #secrets: readonly string[];
  #entered = false;

  constructor(client: FtpClient, directory: string, secret: string) {
    this.#client = client;
    this.#directory = directory;
    this.#secrets = [secret];
  }

  async enter(create: boolean): Promise<void> {
    if (this.#entered) return;
    const directory = this.#directory;
    if (directory !== "") {
      const hint = create ? "" : "; set createDirectory to have it made";
      await this.#ask(`The folder "${directory}" cannot be entered${hint}`, async () => {
        await this.#client.cd(directory).catch(async (error: unknown) => {
          if (!create || !(error instanceof FTPError) || BROKEN.has(error.code)) throw error;
          await this.#make(directory);
          await this.#client.cd(directory);
        });
      });
    }
    this.#entered = true;
  }

  async size(name: string): Promise<number | undefined> {
    try {
      return await this.#ask("", () => this.#client.size(name));
    } catch (error) {
      if (!(error instanceof RemoteFileError) || error.kind === "lost") throw error;
      return this.#listedSize(name);
    }
  }

  async put(name: string, body: Buffer | StreamedBody, { opening, sending }: PutWatch): Promise<void> {
    this.#client.beforeTransfer = opening;
    try {
      await this.#ask(`The server did not take the file "${name}"`, () =>
        this.#transfer(() => this.#client.uploadFrom(source(body, this.#client, sending), name)),
      );
    } finally {
      this.#client.beforeTransfer = undefined;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#ask(`The server did not rename "${from}" to "${to}"`, () => this.#client.rename(from, to));
  }

  async remove(name: string): Promise<void> {
    await this.#ask(`The server did not delete "${name}"`, () => this.#client.remove(name));
  }

  async #make(directory: string): Promise<void> {
    let path = directory.startsWith("/") ? "/" : "";
    for (const part of directory.split("/").filter((each) => each !== "")) {
      path = joinPath(path, part);
      // Most of them are there; which one is missing shows when it cannot be entered.
      await this.#client.sendIgnoringError(`MKD ${path}`);
    }
  }

  /** For servers without SIZE. Names with wildcards may not be found by LIST: then it cannot be told. */
  async #listedSize(name: string): Promise<number | undefined> {
    try {
      const entries = await this.#ask("", () => this.#transfer(() => this.#client.list(name)));
      return entries.find((entry) => entry.isFile && entry.name.split("/").at(-1) === name)?.size;
    } catch (error) {
      if (error instanceof RemoteFileError && error.kind === "refused") return undefined;
      throw error;
    }
  }

  /** Runs a transfer; when its data connection breaks, the server's reply about it counts, if one comes. */
  async #transfer<T>(action: () => Promise<T>): Promise<T> {
    const { ftp } = this.#client;
    try {
      return await action();
    } catch (error) {
      const asked = !(error instanceof ClaimExpiredError);
      // An answer of the server that we do not follow: it has nothing more to say about it.
      const isOurs = error instanceof RemoteFileError;
      if (asked && !isOurs && !(error instanceof FTPError) && !this.#client.closed) await ftp.lastWord(error);
      throw error;
    } finally {
      ftp.endTransfer();
    }
  }

  async #ask<T>(what: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof BodyError || error instanceof ClaimExpiredError) throw error;
      if (!(error instanceof FTPError)) throw lost(error);
      const { code: status, message } = error;
      const reply = saidBy(message, this.#secrets);
      const kind = BROKEN.has(status) ? "lost" : "refused";
      throw new RemoteFileError(kind, `ftp_${status}`, `${what}: ${reply}`, { status, reply });
    }
  }
}
