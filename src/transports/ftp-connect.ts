import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { FTPError, type FTPResponse } from "basic-ftp";
import { TransportError } from "../errors.js";
import { hostText } from "../schemas/host-text.js";
import { openSocket } from "./egress.js";
import { breakHandshakes } from "./floods.js";
import { FtpClient } from "./ftp-control.js";
import { type JudgeData, type OpenData, usePassive } from "./ftp-data.js";
import { FtpFiles } from "./ftp-files.js";
import { DeadlineError, lookUp, oneLine, type Steps, saidBy, tlsName } from "./remote-connect.js";
import { type FileOptions, normalDirectory, RemoteFileError } from "./remote-file.js";
import { lost, type RemoteConnection } from "./remote-send.js";
import type { CheckedAddress, SendContext } from "./transport.js";

export interface FtpOptions extends FileOptions {
  readonly host: string;
  readonly port?: number;
  readonly tls?: "none" | "explicit" | "implicit";
  readonly username: string;
  readonly password?: string;
  readonly ca?: string;
  readonly fingerprint?: string;
}

const IMPLICIT_PORT = 990;
const FTP_PORT = 21;

export const portOf = ({ port, tls }: FtpOptions) => port ?? (tls === "implicit" ? IMPLICIT_PORT : FTP_PORT);

function fingerprintOf(socket: TLSSocket): string {
  const { raw } = socket.getPeerCertificate();
  return raw ? `SHA256:${createHash("sha256").update(raw).digest("base64").replace(/=+$/, "")}` : "";
}

/** Whoever the certificate is judged by: the pinned fingerprint alone if there is one, else the authorities. */
function judge(socket: TLSSocket, pinned: string | undefined): RemoteFileError | undefined {
  if (pinned === undefined) {
    if (socket.authorized) return undefined;
    // Node gives the code of the fault here, though it is typed as an Error.
    const code: unknown = socket.authorizationError;
    return lost(typeof code === "string" ? { code } : code, "The server's certificate is not trusted.");
  }
  const offered = fingerprintOf(socket);
  if (offered === pinned) return undefined;
  const message = `The server's certificate is ${offered}, not the pinned ${pinned}.`;
  return new RemoteFileError("lost", "tls", message);
}

function handshake(socket: Socket, options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connect({ ...options, socket, rejectUnauthorized: false });
    breakHandshakes(secure);
    // "close" without an error: the server hung up in the middle of the handshake.
    const onClose = () => reject(lost(undefined, "The server closed the connection in the TLS handshake."));
    secure.once("error", reject);
    secure.once("close", onClose);
    secure.once("secureConnect", () => {
      secure.removeListener("error", reject);
      secure.removeListener("close", onClose);
      resolve(secure);
    });
  });
}

/** Puts TLS on the control connection, and on each data connection after it, in the same session. */
async function secureControl(client: FtpClient, socket: Socket, options: FtpOptions, steps: Steps): Promise<void> {
  const { host, ca, fingerprint } = options;
  const secureOptions: ConnectionOptions = {
    ...tlsName(host),
    ...(ca ? { ca } : {}),
    // With a pinned fingerprint each data connection is judged by it, below.
    rejectUnauthorized: fingerprint === undefined,
  };
  const secure = await handshake(socket, secureOptions);
  steps.offered(fingerprintOf(secure));
  const fault = judge(secure, fingerprint);
  if (fault) {
    secure.destroy();
    throw fault;
  }
  client.ftp.forget();
  client.ftp.socket = secure;
  client.ftp.tlsOptions = secureOptions;
  steps.note("tls_ready", { protocol: secure.getProtocol() ?? "TLS" });
}

/** Judges data connections as the control connection was, before a byte of the file is on them. */
function judgeData(pinned: string | undefined): JudgeData {
  // Without a pinned certificate TLS itself has judged. A resumed session is that of the control connection.
  return (socket) => (pinned === undefined || socket.isSessionReused() ? undefined : judge(socket, pinned));
}

function greeting(client: FtpClient): Promise<FTPResponse> {
  return client.ftp.handle(undefined, (reply, task) => {
    if (reply instanceof Error) task.reject(reply);
    else if (reply.code >= 200 && reply.code < 300) task.resolve(reply);
    else if (reply.code >= 300) task.reject(new FTPError(reply));
    // 120 says that the real greeting will come (RFC 959); the deadline limits the wait.
  });
}

/** A failure before anything of a file was sent, with the server's own words where it said some. */
function openingFault(error: unknown, code: string, what: string, secrets: readonly string[]): RemoteFileError {
  if (!(error instanceof FTPError)) return lost(error);
  const reply = saidBy(error.message, secrets);
  const { code: status } = error;
  return new RemoteFileError("lost", status === 421 ? "ftp_421" : code, `${what}: ${reply}`, { status, reply });
}

async function logIn(client: FtpClient, options: FtpOptions): Promise<void> {
  await client.login(options.username, options.password ?? "");
  await client.send("TYPE I");
  await client.sendIgnoringError("OPTS UTF8 ON");
  if (!client.ftp.hasTLS) return;
  await client.sendIgnoringError("PBSZ 0");
  await client.send("PROT P");
}

/** Connects and logs in. Throws RemoteFileError, DeadlineError, or the TransportError of `resolve`. */
export async function openFtp(options: FtpOptions, context: SendContext, steps: Steps): Promise<RemoteConnection> {
  const { host, tls = "none", password = "" } = options;
  const client = new FtpClient(context.clock, [password]);
  let socket: Socket | undefined;
  const close = () => {
    client.close();
    // The client does not own it until it has greeted, and after that closes only what TLS made of it.
    socket?.destroy();
  };
  const run = async <T>(step: string, code: string, what: string, action: () => Promise<T>) => {
    try {
      return await steps.run(step, close, action);
    } catch (error) {
      close();
      if (error instanceof FTPError) throw openingFault(error, code, what, [password]);
      throw error instanceof DeadlineError || error instanceof TransportError ? error : lost(error);
    }
  };
  const addresses = await lookUp(host, context, steps, close);
  const { proxy } = context;
  let peer: CheckedAddress | undefined;
  const raw = await run("connect", "connect", "The server refused the connection", async () => {
    const port = portOf(options);
    const { socket: opened, address } = await openSocket({ addresses, port, use: "ftp", proxy }, (made) => {
      socket = made;
    });
    peer = address;
    steps.note("reached", { address: hostText(address.address), port });
    if (tls === "implicit") return opened;
    client.ftp.socket = opened;
    steps.note("greeting", { text: saidBy((await greeting(client)).message, [password]) });
    return opened;
  });
  if (tls !== "none") {
    await run("tls", "tls", "The server does not offer TLS", async () => {
      if (tls === "explicit") await client.send("AUTH TLS");
      await secureControl(client, raw, options, steps);
      if (tls === "implicit") await greeting(client);
    });
  }
  const openData: OpenData = async (port, onSocket) => {
    const to = { addresses: peer ? [peer] : [], port, use: "ftp-data", proxy } as const;
    return (await openSocket(to, onSocket)).socket;
  };
  usePassive(client, openData, judgeData(options.fingerprint));
  await run("login", "login", "The server refused the login", async () => {
    await logIn(client, options);
    steps.note("logged_in", { username: oneLine(options.username) });
  });
  return { files: new FtpFiles(client, normalDirectory(options.directory), password), close };
}
