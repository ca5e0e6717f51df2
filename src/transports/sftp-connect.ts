import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import type { AuthenticationType, ConnectConfig, KeyboardInteractiveCallback, Prompt, SFTPWrapper } from "ssh2";
import SftpClient from "ssh2-sftp-client";
import { TransportError } from "../errors.js";
import { hostText } from "../schemas/host-text.js";
import { openSocket } from "./egress.js";
import { DeadlineError, lookUp, type Steps, saidBy } from "./remote-connect.js";
import { type FileOptions, normalDirectory, RemoteFileError } from "./remote-file.js";
import { lost, type RemoteConnection } from "./remote-send.js";
import { MAX_UNASKED, SftpFiles } from "./sftp-files.js";
import type { SendContext } from "./transport.js";

export interface SftpOptions extends FileOptions {
  readonly host: string;
  readonly port?: number;
  readonly username: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly passphrase?: string;
  readonly hostKey?: string | readonly string[];
}

const SSH_PORT = 22;
const MAX_PROMPTS = 5;

export const portOf = ({ port }: SftpOptions) => port ?? SSH_PORT;

/** As OpenSSH prints it: `SHA256:` and base64 without padding. */
const fingerprintOf = (key: Buffer) => `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

function pinned({ hostKey }: SftpOptions): readonly string[] {
  if (hostKey === undefined) return [];
  return typeof hostKey === "string" ? [hostKey] : hostKey;
}

function hostKeyFault(options: SftpOptions, offered: string): TransportError {
  const pins = pinned(options);
  if (pins.length === 0) {
    const message = `No host key is pinned. The server offers ${offered}; if that is its key, set it as hostKey.`;
    return new TransportError({ fault: "config", code: "host_key", message });
  }
  const message = `The server's host key is ${offered}, not the pinned ${pins.join(" or ")}.`;
  return new TransportError({ fault: "connection", code: "host_key", message });
}

/** Servers without plain passwords ask for it in a dialogue; only hidden prompts get it. */
function answerPrompts(password: string) {
  return (_name: string, _text: string, _language: string, prompts: Prompt[], finish: KeyboardInteractiveCallback) => {
    finish(prompts.slice(0, MAX_PROMPTS).map(({ echo }) => (echo ? "" : password)));
  };
}

function credentials(options: SftpOptions): ConnectConfig {
  const { username, password, privateKey, passphrase } = options;
  const authHandler: AuthenticationType[] = [];
  if (privateKey !== undefined) authHandler.push("publickey");
  if (password !== undefined) authHandler.push("password", "keyboard-interactive");
  return {
    username,
    authHandler,
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(password === undefined ? {} : { password, tryKeyboard: true }),
  };
}

interface Handshake {
  /** Comes when the server has shown its host key, before anything secret is sent. */
  readonly offered: Promise<string>;
  readonly ready: Promise<SFTPWrapper>;
}

function shakeHands(client: SftpClient, socket: Socket, options: SftpOptions): Handshake {
  let failure: unknown;
  // The library rewrites errors and loses what they were about; the first one, as ssh2 gave it, is kept.
  client.on("error", (error: unknown) => {
    failure ??= error;
  });
  if (options.password !== undefined) client.on("keyboard-interactive", answerPrompts(options.password));
  let tell: (fingerprint: string) => void = () => undefined;
  const shown = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const ready = client
    .connect({
      ...credentials(options),
      sock: socket,
      // ssh2 inflates a packet whole, before the login: 30 KB of it can be 30 MB.
      algorithms: { compress: ["none"] },
      // The deadline of the send ends it.
      readyTimeout: 0,
      hostVerifier: (key: Buffer) => {
        const fingerprint = fingerprintOf(key);
        tell(fingerprint);
        return pinned(options).includes(fingerprint);
      },
    })
    .catch((error: unknown) => {
      throw failure ?? error;
    });
  const offered = Promise.race([shown, ready.then(() => shown)]);
  // Both are awaited one after the other; what the second says first must not count as unheard.
  ready.catch(() => undefined);
  return { offered, ready };
}

/** What ssh2 says, as a fault of the protocol, of a server that has gone. */
const LOST = /^Connection lost before handshake/;

/** What ssh2 says of a server that speaks in no way that is asked for. */
const DISAGREED = /^Handshake failed: (?=no matching )/;
const COMPRESSED = /^no matching \S+ compression/;

function disagreement(why: string): string {
  return COMPRESSED.test(why) ? `${why}: the server wants to compress, which is never taken` : why;
}

/** What ssh2 cannot read, or agree on, is an answer that makes no sense, and no broken connection. */
function handshakeFault(error: unknown, secrets: readonly string[] = []): unknown {
  const { level, code, message = "" } = error as { level?: unknown; code?: unknown; message?: string };
  // What it throws while it reads has neither; what became of a socket has one of them.
  const isUnread = level === undefined && code === undefined;
  if (LOST.test(message)) return lost(error);
  if (!isUnread && level !== "protocol" && level !== "handshake") return lost(error);
  const said = saidBy(error instanceof Error ? error.message : String(error), secrets, 100);
  const what = disagreement(said.replace(DISAGREED, ""));
  return new RemoteFileError("lost", "protocol", `The SSH handshake failed: ${what}.`);
}

function loginFault(error: unknown, secrets: readonly string[]): unknown {
  if ((error as { level?: unknown }).level !== "client-authentication") return handshakeFault(error, secrets);
  return new RemoteFileError("lost", "login", "The server refused the login.");
}

/** Connects, looks at the host key, logs in. Throws TransportError, RemoteFileError or DeadlineError. */
export async function openSftp(options: SftpOptions, context: SendContext, steps: Steps): Promise<RemoteConnection> {
  const secrets = options.password === undefined ? [] : [options.password];
  let socket: Socket | undefined;
  const close = () => {
    socket?.destroy();
  };
  const run = async <T>(step: string, action: () => Promise<T>, fault: (error: unknown) => unknown = lost) => {
    try {
      return await steps.run(step, close, action);
    } catch (error) {
      close();
      throw error instanceof DeadlineError || error instanceof TransportError ? error : fault(error);
    }
  };
  const addresses = await lookUp(options.host, context, steps, close);
  const opened = await run("connect", async () => {
    const to = { addresses, port: portOf(options), use: "sftp", proxy: context.proxy } as const;
    const { socket: made, address } = await openSocket(to, (each) => {
      socket = each;
    });
    steps.note("reached", { address: hostText(address.address), port: to.port });
    return made;
  });
  let heard = 0;
  // Text before the greeting, and banners, have no bound in SSH (RFC 4253, 4.2; RFC 4252, 5.4).
  const hear = (chunk: Buffer) => {
    heard += chunk.length;
    if (heard > MAX_UNASKED) opened.destroy(new RemoteFileError("lost", "protocol", "The SSH handshake has no end."));
  };
  opened.on("data", hear);
  const quiet = () => undefined;
  const client = new SftpClient("waybell", { error: quiet, end: quiet, close: quiet });
  const { offered, ready } = shakeHands(client, opened, options);
  await run(
    "host-key",
    async () => {
      const fingerprint = await offered;
      steps.offered(fingerprint);
      if (!pinned(options).includes(fingerprint)) throw hostKeyFault(options, fingerprint);
      steps.note("pinned", { fingerprint });
    },
    handshakeFault,
  );
  const sftp = await run(
    "login",
    () => ready,
    (error) => loginFault(error, secrets),
  );
  const files = new SftpFiles(sftp, normalDirectory(options.directory), secrets);
  for (const event of ["error", "end", "close"]) sftp.on(event, (error: unknown) => files.breakOff(error));
  opened.off("data", hear).on("data", (chunk: Buffer) => files.hear(chunk.length) && close());
  opened.once("close", () => files.breakOff(undefined));
  return { files, close };
}
