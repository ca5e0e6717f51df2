import { randomBytes } from "node:crypto";
import { TransportError } from "../errors.js";
import type { Payload } from "../templates/template.js";
import { FloodError } from "./floods.js";
import { mustNotBeLate } from "./late.js";
import { networkFault } from "./network-faults.js";
import { DeadlineError, failedStep, Steps, untilAborted } from "./remote-connect.js";
import {
  type FileOptions,
  type FileToSend,
  joinPath,
  normalDirectory,
  type Progress,
  RemoteFileError,
  type RemoteFiles,
  settle,
  temporaryName,
  upload,
} from "./remote-file.js";
import type { CheckStep, Receipt, SendContext } from "./transport.js";

/** A connection that is logged in. */
export interface RemoteConnection {
  readonly files: RemoteFiles;
  /** At once and without waiting; may be called twice. */
  close(): void;
}

/** How one protocol reaches one server. */
export interface FileProtocol {
  readonly options: FileOptions;
  /** Code of the receipt of a file that arrived. */
  readonly okCode: number;
  /** Runs the steps `resolve`, `connect`, `tls` or `host-key`, and `login`. */
  open(context: SendContext, steps: Steps): Promise<RemoteConnection>;
}

const DOING: Readonly<Record<string, string>> = {
  resolve: "looking the host name up",
  connect: "connecting",
  tls: "setting up TLS",
  "host-key": "the SSH handshake",
  login: "logging in",
  folder: "entering the folder",
  probe: "looking whether the file is there",
  send: "sending the file",
  write: "writing a file",
  size: "checking the file's size",
  rename: "renaming the file",
  marker: "writing the done-marker",
  delete: "deleting the file",
};

/** FTP's replies that are about the name of a file (RFC 959, 4.2). */
const OF_THE_NAME: ReadonlySet<number> = new Set([501, 553]);

const doing = (step: string) => DOING[step] ?? step;

interface Blame {
  readonly steps: Steps;
  /** Bytes of the file may have left, so that nobody knows what became of it. */
  readonly sent: boolean;
  readonly remotePath?: string;
}

/** What a failure of a send means to the delivery. TransportErrors, and bugs of ours, stay what they are. */
function blame(error: unknown, { steps, sent, remotePath }: Blame): unknown {
  const common = { ...(remotePath === undefined ? {} : { remotePath }), timings: steps.timings() };
  const unknown = sent ? "ambiguous" : "connection";
  const step = steps.last;
  if (error instanceof DeadlineError) {
    const message = `The server did not finish in time (${doing(step)}).`;
    return new TransportError({ ...common, fault: unknown, code: "timeout", message });
  }
  if (error instanceof RemoteFileError) {
    const { kind, code, status, reply, message } = error;
    return new TransportError({
      ...common,
      fault: kind === "refused" ? "response" : unknown,
      // A folder, a right, a disk: but for its name, file servers do not look into what they are sent.
      serverFault: kind === "refused" && !OF_THE_NAME.has(status ?? 0),
      code,
      message: code === "reset" || code === "timeout" ? `${message} (${doing(step)})` : message,
      ...(status === undefined ? {} : { status }),
      ...(reply === "" ? {} : { response: reply }),
      cause: error.cause,
    });
  }
  return error;
}

/** What became of a socket, in the words of RemoteFileError; `fallback` where its code says nothing. */
export function lost(error: unknown, fallback = "The server closed the connection."): RemoteFileError {
  if (error instanceof RemoteFileError) return error;
  if (error instanceof FloodError) {
    return new RemoteFileError("lost", "protocol", "The server did not stop sending.", { cause: error });
  }
  const fault = networkFault(error);
  return new RemoteFileError("lost", fault?.code ?? "reset", fault?.sentence ?? fallback, { cause: error });
}

/** Opens a connection; throws TransportError with fault `connection` or `config`, as nothing was sent. */
async function open(protocol: FileProtocol, context: SendContext, steps: Steps): Promise<RemoteConnection> {
  try {
    return await protocol.open(context, steps);
  } catch (error) {
    throw blame(error, { steps, sent: false });
  }
}

function fileToSend(payload: Payload, options: FileOptions, context: SendContext): FileToSend {
  const name = context.fileName;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!name || /[/\\\u0000-\u001f]/.test(name)) throw new Error("a file needs a name, given out before and safe");
  return { name, body: payload.body, options };
}

class Send {
  readonly #protocol: FileProtocol;
  readonly #context: SendContext;
  readonly #file: FileToSend;
  readonly #steps: Steps;
  readonly #progress: Progress;
  #connection: RemoteConnection | undefined;

  constructor(protocol: FileProtocol, payload: Payload, context: SendContext) {
    this.#protocol = protocol;
    this.#context = context;
    this.#file = fileToSend(payload, protocol.options, context);
    this.#steps = new Steps(context.clock, context.signal, context.endBy);
    const abandon = () => this.#connection?.close();
    this.#progress = {
      sent: false,
      mustNotBeLate() {
        if (!this.sent) mustNotBeLate(context);
      },
      run: (step, action) => this.#steps.run(step, abandon, action),
    };
  }

  async run(): Promise<Receipt> {
    const { leaseKey, connections, mayHaveArrived } = this.#context;
    for (;;) {
      const lease = await connections.lease(leaseKey, {
        open: () => open(this.#protocol, this.#context, this.#steps),
        close: (connection: RemoteConnection) => connection.close(),
      });
      this.#connection = lease.connection;
      try {
        const detail = await upload(lease.connection.files, this.#file, mayHaveArrived, this.#progress);
        lease.release();
        return this.#receipt(detail);
      } catch (error) {
        // A size was asked for and answered: to shake hands again for each file would cost most where nothing arrives. Other
        // refusals end it too: a folder that is gone, or a transfer broken off, leave the connection of no use.
        if (error instanceof RemoteFileError && error.code === "size") lease.release();
        else lease.discard();
        const broken = error instanceof RemoteFileError && error.kind === "lost";
        // Servers close connections that were idle. Nothing of this file had left, so this is no second try of it;
        // each stale connection is thrown away, and the first fresh one ends the loop.
        if (broken && !lease.fresh && !this.#progress.sent) continue;
        const settled = broken && this.#progress.sent ? await this.#settle() : undefined;
        if (settled === undefined) throw this.#blame(error);
        return this.#receipt(settled);
      }
    }
  }

  /** Looks on a new connection what became of the file. A failure to look leaves it unknown. */
  async #settle(): Promise<string | undefined> {
    try {
      this.#connection = await open(this.#protocol, this.#context, this.#steps);
    } catch {
      return undefined;
    }
    try {
      return await settle(this.#connection.files, this.#file, this.#progress);
    } catch {
      return undefined;
    } finally {
      this.#connection.close();
    }
  }

  #blame(error: unknown): unknown {
    return blame(error, { steps: this.#steps, sent: this.#progress.sent, remotePath: this.#remotePath });
  }

  get #remotePath(): string {
    return joinPath(normalDirectory(this.#protocol.options.directory), this.#file.name);
  }

  #receipt(detail: string): Receipt {
    return {
      code: this.#protocol.okCode,
      detail,
      remotePath: this.#remotePath,
      bytes: this.#file.body.length,
      timings: this.#steps.timings(),
      response: "",
    };
  }
}

/** Delivers a payload as a file, over a kept connection if there is one. Throws TransportError, ClaimExpiredError. */
export function sendFile(protocol: FileProtocol, payload: Payload, context: SendContext): Promise<Receipt> {
  return new Send(protocol, payload, context).run();
}

async function tryFiles(files: RemoteFiles, options: FileOptions, steps: Steps, abandon: () => void): Promise<void> {
  const name = `waybell-check-${randomBytes(6).toString("hex")}.txt`;
  const body = Buffer.from("Waybell looks whether it can write here; this file is deleted at once.\n");
  const direct = options.upload === "direct";
  let written = direct ? name : temporaryName(name, options);
  try {
    await steps.run("write", abandon, async () => {
      await files.enter(options.createDirectory ?? false);
      await files.put(written, body, { opening: () => undefined, sending: () => undefined });
      const size = await files.size(written);
      if (size !== undefined && size !== body.length) {
        throw new RemoteFileError("refused", "size", `The server kept ${size} of the file's ${body.length} bytes.`);
      }
      if (size === undefined) steps.note("written_unsized");
      else steps.note("written", { bytes: size });
    });
    if (!direct) {
      await steps.run("rename", abandon, () => files.rename(written, name));
      written = name;
    }
  } catch (error) {
    await untilAborted(steps.signal, abandon, () => files.remove(written)).catch(() => undefined);
    throw error;
  }
  await steps.run("delete", abandon, () => files.remove(written));
}

/** Opens a connection of its own, writes, renames and deletes a small file. Never throws for what the server did. */
export async function checkFiles(protocol: FileProtocol, context: SendContext): Promise<readonly CheckStep[]> {
  let shown = 0;
  const show = (step: CheckStep) => {
    shown++;
    context.onStep?.(step);
  };
  const steps = new Steps(context.clock, context.signal, undefined, show);
  let connection: RemoteConnection | undefined;
  try {
    connection = await protocol.open(context, steps);
    await tryFiles(connection.files, protocol.options, steps, () => connection?.close());
    return steps.list();
  } catch (error) {
    const told = blame(error, { steps, sent: false });
    if (!(told instanceof TransportError)) throw told;
    const { ok: _failed, ...said } = failedStep(told);
    const list = steps.list(said);
    // What a step fails of is known only here.
    for (const step of list.slice(shown)) show(step);
    return list;
  } finally {
    connection?.close();
  }
}
