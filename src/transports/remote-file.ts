import { Type } from "typebox";
import type { FieldError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import type { StreamedBody } from "../templates/template.js";

const SUFFIX = "^[A-Za-z0-9._~-]{1,20}$";

/** The options that every transport of files has, beside those that say how to reach the server. */
export const fileOptions = {
  directory: Type.Optional(
    Type.String({ maxLength: 500, description: "Folder on the server; empty: the one that the login lands in" }),
  ),
  createDirectory: Type.Optional(Type.Boolean({ description: "Make the folder if it is not there" })),
  upload: Type.Optional(
    Type.Enum(["temporary", "direct"], {
      description: "temporary: under another name, renamed when whole; direct: for servers that know no rename",
    }),
  ),
  temporarySuffix: Type.Optional(
    Type.String({ pattern: SUFFIX, description: "Ends the name while it is being written; .part by default" }),
  ),
  doneMarker: Type.Optional(
    Type.String({ pattern: SUFFIX, description: "Ends the name of an empty file that is written after each one" }),
  ),
};

export interface FileOptions {
  readonly directory?: string;
  readonly createDirectory?: boolean;
  readonly upload?: "temporary" | "direct";
  readonly temporarySuffix?: string;
  readonly doneMarker?: string;
}

/** Why a step on the server did not succeed. */
export class RemoteFileError extends Error {
  override readonly name = "RemoteFileError";
  /** `refused`: the server answered no. `lost`: the connection broke, or nobody knows. */
  readonly kind: "refused" | "lost";
  /** Such as `ftp_550`, `sftp_3`, `reset`, `size`. */
  readonly code: string;
  readonly status: number | undefined;
  /** What the server said, without secrets. */
  readonly reply: string;

  constructor(
    kind: "refused" | "lost",
    code: string,
    message: string,
    more: { status?: number; reply?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.kind = kind;
    this.code = code;
    this.status = more.status;
    this.reply = more.reply ?? "";
  }
}

/** The body could not be read from where Waybell keeps it: no fault of the server. */
export class BodyError extends Error {
  override readonly name = "BodyError";
}

/** The next chunk of a body. Throws BodyError. */
async function nextChunk(chunks: AsyncIterator<unknown>): Promise<Buffer | null> {
  try {
    const { done, value } = await chunks.next();
    if (done) return null;
    return Buffer.isBuffer(value) ? value : Buffer.from(value as string);
  } catch (cause) {
    throw new BodyError("The file's content could not be read.", { cause });
  }
}

/**
 * The bytes of a streamed body, at most and at least as many as it says. Throws BodyError; what is thrown in by the
 * stream that takes them, as when its connection breaks (Node 22 on), comes out as it is.
 */
export async function* bodyChunks(body: StreamedBody): AsyncGenerator<Buffer> {
  const chunks = body.open()[Symbol.asyncIterator]();
  let read = 0;
  try {
    for (let bytes = await nextChunk(chunks); bytes; bytes = await nextChunk(chunks)) {
      read += bytes.length;
      yield bytes;
    }
  } finally {
    await chunks.return?.();
  }
  if (read !== body.length) throw new BodyError(`The file's content has ${read} bytes, not ${body.length}.`);
}

/** The one folder on a server that an endpoint's files go to. Every method throws RemoteFileError. */
export interface RemoteFiles {
  /** Makes names mean files of the folder, and the folder if `create`. Done once a connection, however often called. */
  enter(create: boolean): Promise<void>;
  /** Bytes of a file; undefined: it is not there, or the server does not tell. */
  size(name: string): Promise<number | undefined>;
  /** Writes a file from its beginning. */
  put(name: string, body: Buffer | StreamedBody, watch: PutWatch): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** What is told of a file that is written. */
export interface PutWatch {
  /** At the last moment before the server is asked to open the file; what it throws ends the writing there. */
  opening(): void;
  /** Before the first byte leaves. */
  sending(): void;
}

/** A file to be delivered. */
export interface FileToSend {
  /** The final name, safe and of this delivery alone. */
  readonly name: string;
  readonly body: Buffer | StreamedBody;
  readonly options: FileOptions;
}

/** How far a send has come; what a failure means depends on it. */
export interface Progress {
  /** Bytes of this file may have left. */
  sent: boolean;
  /** Throws ClaimExpiredError when it is too late to begin; what has begun may be finished. */
  mustNotBeLate(): void;
  /** Runs one step of it, timed and ended by the deadline. */
  run<T>(step: "folder" | "probe" | "send" | "size" | "rename" | "marker", action: () => Promise<T>): Promise<T>;
}

const EMPTY = Buffer.alloc(0);

export const temporaryName = (name: string, options: FileOptions) => name + (options.temporarySuffix ?? ".part");

const isRefusal = (error: unknown): error is RemoteFileError =>
  error instanceof RemoteFileError && error.kind === "refused";

/** Tidies up where that is possible; what stays is overwritten by the next try. */
async function removeQuietly(files: RemoteFiles, name: string): Promise<void> {
  try {
    await files.remove(name);
  } catch {
    // The failure that led here is the one to tell.
  }
}

async function put(files: RemoteFiles, name: string, body: Buffer | StreamedBody, progress: Progress): Promise<void> {
  let sent = false;
  const write = () =>
    files.put(name, body, {
      opening: () => progress.mustNotBeLate(),
      sending() {
        sent = true;
        progress.sent = true;
      },
    });
  try {
    await write();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const removed = await files.remove(name).then(
      () => true,
      () => false,
    );
    // ProFTPD by default refuses to write over a file, so what an earlier try left had to go first.
    if (sent || !removed) throw error;
    await write();
  }
}

/** Writes the file under `name` and looks whether it is whole there. Returns what is worth telling, or "". */
async function putWhole(files: RemoteFiles, name: string, { body }: FileToSend, progress: Progress): Promise<string> {
  await progress.run("send", () => put(files, name, body, progress));
  return progress.run("size", async () => {
    const size = await files.size(name);
    if (size === undefined) return ", the server does not tell its size";
    if (size === body.length) return "";
    await removeQuietly(files, name);
    throw new RemoteFileError("refused", "size", `The server kept ${size} of the file's ${body.length} bytes.`);
  });
}

async function renameOver(files: RemoteFiles, from: string, to: string): Promise<void> {
  try {
    await files.rename(from, to);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // ProFTPD and SFTP refuse to rename over a file. The name belongs to this delivery alone, so what has it is an
    // earlier try of the same; when nothing has it, the server had another reason.
    if ((await files.size(to)) === undefined) {
      await removeQuietly(files, from);
      throw error;
    }
    await files.remove(to);
    await files.rename(from, to);
  }
}

async function mark(files: RemoteFiles, file: FileToSend, progress: Progress): Promise<void> {
  const { doneMarker } = file.options;
  if (doneMarker) await progress.run("marker", () => put(files, file.name + doneMarker, EMPTY, progress));
}

/**
 * Delivers one file: into the folder, under a temporary name, size checked, renamed; then the done-marker. With
 * `mayHaveArrived` it first looks whether an earlier try is there whole. Returns one line about what was done.
 * Throws RemoteFileError, or ClaimExpiredError with nothing written.
 */
export async function upload(
  files: RemoteFiles,
  file: FileToSend,
  mayHaveArrived: boolean,
  progress: Progress,
): Promise<string> {
  const { name, body, options } = file;
  await progress.run("folder", () => files.enter(options.createDirectory ?? false));
  if (mayHaveArrived && (await progress.run("probe", () => files.size(name))) === body.length) {
    await mark(files, file, progress);
    return `${body.length} bytes were there already, whole`;
  }
  const temporary = options.upload === "direct" ? undefined : temporaryName(name, options);
  const remark = await putWhole(files, temporary ?? name, file, progress);
  if (temporary !== undefined) await progress.run("rename", () => renameOver(files, temporary, name));
  await mark(files, file, progress);
  return `${body.length} bytes written${temporary === undefined ? "" : " and renamed"}${remark}`;
}

/**
 * After a connection that broke while sending: looks on a new one how far it came, and finishes what only wanted the
 * rename. ProFTPD over TLS resets the connection instead of refusing to rename over a file, and firewalls drop a
 * control connection that is idle during a long transfer. Returns undefined when the file is not there whole.
 */
export async function settle(files: RemoteFiles, file: FileToSend, progress: Progress): Promise<string | undefined> {
  const { name, body, options } = file;
  await progress.run("folder", () => files.enter(options.createDirectory ?? false));
  const temporary = options.upload === "direct" ? undefined : temporaryName(name, options);
  const waits = temporary !== undefined && (await progress.run("probe", () => files.size(temporary))) === body.length;
  if (waits) await progress.run("rename", () => renameOver(files, temporary, name));
  else if ((await progress.run("probe", () => files.size(name))) !== body.length) return undefined;
  await mark(files, file, progress);
  return `${body.length} bytes are there, whole; the connection had broken`;
}

/** Faults of the file options that their schema cannot say, each at its place. */
export function validateFileOptions(options: FileOptions): FieldError[] {
  const faults: FieldError[] = [];
  const directory = options.directory ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(directory)) {
    faults.push(fault("/directory", "control_character"));
  }
  if (directory.split("/").some((part) => part === "." || part === "..")) {
    faults.push(fault("/directory", "dot_folder"));
  }
  if (options.doneMarker !== undefined && options.doneMarker === (options.temporarySuffix ?? ".part")) {
    faults.push(fault("/doneMarker", "marker_suffix"));
  }
  return faults;
}

/** The folder without doubled and trailing slashes; "" for the one that the login lands in. */
export function normalDirectory(directory = ""): string {
  const parts = directory.split("/").filter((part) => part !== "");
  return (directory.startsWith("/") ? "/" : "") + parts.join("/");
}

/** A file of the folder, as a path from the login's folder or from the root. */
export function joinPath(directory: string, name: string): string {
  if (directory === "") return name;
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}
