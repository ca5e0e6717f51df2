import type { SFTPWrapper, Stats } from "ssh2";
import type { StreamedBody } from "../templates/template.js";
import { saidBy } from "./remote-connect.js";
import { bodyChunks, joinPath, type PutWatch, RemoteFileError, type RemoteFiles } from "./remote-file.js";
import { lost } from "./remote-send.js";

/** Every server must take a write of this size (draft-ietf-secsh-filexfer-02, section 3). */
const CHUNK = 32_768;
/** Writes on their way at once. They carry their offsets, so order does not matter; it bounds what is held in memory. */
const IN_FLIGHT = 16;

/** All that a server may send before it is asked something again. */
export const MAX_UNASKED = 1024 * 1024;

const NO_SUCH_FILE = 2;
const STATUS: Readonly<Record<number, string>> = {
  2: "there is no such file or folder",
  3: "permission denied",
  4: "failure",
  5: "bad message",
  8: "the server does not know this operation",
};
/** The statuses by which a server says that the connection is gone. */
const BROKEN: ReadonlySet<number> = new Set([6, 7]);

type Callback<T> = (error: Error | null | undefined, value: T) => void;

const isStats = (value: unknown) => typeof (value as Partial<Stats> | undefined)?.isDirectory === "function";

/** One folder of an SFTP server, over one connection. */
export class SftpFiles implements RemoteFiles {
  readonly #sftp: SFTPWrapper;
  readonly #directory: string;
  readonly #secrets: readonly string[];
  readonly #pending = new Set<(error: Error) => void>();
  #broken: RemoteFileError | undefined;
  #entered = false;
  #unasked = 0;

  /** `secrets`: what the server was sent and may repeat. */
  constructor(sftp: SFTPWrapper, directory: string, secrets: readonly string[] = []) {
    this.#sftp = sftp;
    this.#directory = directory;
    this.#secrets = secrets;
  }

  /** Ends everything under way: ssh2 never calls back for what was asked on a connection that is gone. */
  breakOff(error: unknown): void {
    this.#broken ??= lost(error);
    for (const reject of this.#pending) reject(this.#broken);
    this.#pending.clear();
  }

  /** Takes note of what came; a server that does not stop, also while nobody uses the connection, is broken off: true. */
  hear(bytes: number): boolean {
    this.#unasked += bytes;
    if (this.#unasked <= MAX_UNASKED) return false;
    const message = "The server sends without an end, and without being asked.";
    this.breakOff(new RemoteFileError("lost", "protocol", message));
    return true;
  }

  async enter(create: boolean): Promise<void> {
    if (this.#entered) return;
    if (create && this.#directory !== "" && !(await this.#isFolder(this.#directory))) await this.#make();
    this.#entered = true;
  }

  async size(name: string): Promise<number | undefined> {
    return (await this.#stat(this.#path(name)))?.size;
  }

  async put(name: string, body: Buffer | StreamedBody, { opening, sending }: PutWatch): Promise<void> {
    const what = `The server did not take the file "${name}"`;
    opening();
    const opened = (done: Callback<Buffer>) => this.#sftp.open(this.#path(name), "w", done);
    const handle = await this.#ask<Buffer>(what, opened, Buffer.isBuffer);
    sending();
    try {
      await this.#write(what, handle, body);
    } catch (error) {
      this.#sftp.close(handle, () => undefined);
      throw error;
    }
    await this.#ask<void>(what, (done) => this.#sftp.close(handle, (error) => done(error, undefined)));
  }

  async rename(from: string, to: string): Promise<void> {
    const [old, next] = [this.#path(from), this.#path(to)];
    const what = `The server did not rename "${from}" to "${to}"`;
    await this.#ask<void>(what, (done) => {
      const renamed = (error: Error | null | undefined) => done(error, undefined);
      try {
        this.#sftp.ext_openssh_rename(old, next, renamed);
      } catch {
        // The server did not announce it; the plain one refuses when `to` is there.
        this.#sftp.rename(old, next, renamed);
      }
    });
  }

  async remove(name: string): Promise<void> {
    const what = `The server did not delete "${name}"`;
    await this.#ask<void>(what, (done) => this.#sftp.unlink(this.#path(name), (error) => done(error, undefined)));
  }

  #path(name: string): string {
    return joinPath(this.#directory, name);
  }

  async #stat(path: string): Promise<Stats | undefined> {
    try {
      return await this.#ask<Stats>("", (done) => this.#sftp.stat(path, done), isStats);
    } catch (error) {
      if (error instanceof RemoteFileError && error.kind === "refused") return undefined;
      throw error;
    }
  }

  async #isFolder(path: string): Promise<boolean> {
    return (await this.#stat(path))?.isDirectory() ?? false;
  }

  async #make(): Promise<void> {
    let path = this.#directory.startsWith("/") ? "/" : "";
    for (const part of this.#directory.split("/").filter((each) => each !== "")) {
      path = joinPath(path, part);
      if (await this.#isFolder(path)) continue;
      const what = `The folder "${path}" cannot be made`;
      const made = this.#ask<void>(what, (done) => this.#sftp.mkdir(path, (error) => done(error, undefined)));
      await made.catch(async (error: unknown) => {
        // Another connection may have made it in between: servers call that a failure like any other.
        if (!(error instanceof RemoteFileError && error.kind === "refused" && (await this.#isFolder(path))))
          throw error;
      });
    }
  }

  async #write(what: string, handle: Buffer, body: Buffer | StreamedBody): Promise<void> {
    const underway = new Set<Promise<void>>();
    let failure: unknown;
    let position = 0;
    const chunks = Buffer.isBuffer(body) ? [body] : bodyChunks(body);
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += CHUNK) {
        const piece = chunk.subarray(at, at + CHUNK);
        const offset = position;
        position += piece.length;
        const write = this.#ask<void>(what, (done) =>
          this.#sftp.write(handle, piece, 0, piece.length, offset, (error) => done(error, undefined)),
        ).then(
          () => void underway.delete(write),
          (error: unknown) => {
            failure ??= error;
            underway.delete(write);
          },
        );
        underway.add(write);
        if (underway.size >= IN_FLIGHT) await Promise.race(underway);
        if (failure !== undefined) throw failure;
      }
    }
    await Promise.all(underway);
    if (failure !== undefined) throw failure;
  }

  /** `isAnswer`: ssh2 hands over whatever kind of answer the server chose, OK without anything too. */
  #ask<T>(what: string, action: (done: Callback<T>) => void, isAnswer = (_value: unknown) => true): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#broken) {
        reject(this.#broken);
        return;
      }
      this.#pending.add(reject);
      this.#unasked = 0;
      action((error, value) => {
        this.#pending.delete(reject);
        if (error) reject(this.#refusal(what, error));
        else if (isAnswer(value)) resolve(value);
        else reject(new RemoteFileError("lost", "protocol", "The server answered something else than it was asked."));
      });
    });
  }

  #refusal(what: string, error: Error): RemoteFileError {
    const status = (error as { code?: unknown }).code;
    // Errors without a status are ssh2's own: the channel or the connection ended.
    if (typeof status !== "number") return lost(error);
    const said = STATUS[status] ?? `status ${status}`;
    const reply = saidBy(error.message, this.#secrets);
    const hint = status === NO_SUCH_FILE && this.#directory !== "" ? ` (the folder is "${this.#directory}")` : "";
    const message = `${what}: ${said}${hint}`;
    return new RemoteFileError(BROKEN.has(status) ? "lost" : "refused", `sftp_${status}`, message, { reply });
  }
}
