import { readdirSync } from "node:fs";
import { ftpOptions, sftpOptions } from "../servers/harness.js";
import { startProftpd, startPureFtpd, startSshd, startVsftpd, type TestServer } from "../servers/index.js";

/** A kind of file server that customers have, and how an endpoint reaches one. */
export interface FileServerKind {
  readonly name: string;
  /** Short and lower-case, for ids. */
  readonly id: string;
  start(): Promise<TestServer>;
  /** The endpoint's transport; `port` where something stands between. */
  transport(server: TestServer, port?: number): Record<string, unknown>;
}

const ftp: FileServerKind["transport"] = (server, port) => ({ type: "ftp", ...ftpOptions(server, port) });
const sftp: FileServerKind["transport"] = (server, port) => ({ type: "sftp", ...sftpOptions(server, "key", port) });

const VSFTPD = { name: "vsftpd", id: "vsftpd", transport: ftp };
const PROFTPD = { name: "ProFTPD", id: "proftpd", transport: ftp };
const PURE_FTPD = { name: "Pure-FTPd", id: "pure-ftpd", transport: ftp };
const OPENSSH: FileServerKind = { name: "OpenSSH", id: "openssh", transport: sftp, start: () => startSshd() };

/** In clear, as ON TIME's customers have it. */
export const FILE_SERVERS: readonly FileServerKind[] = [
  { ...VSFTPD, start: () => startVsftpd() },
  { ...PROFTPD, start: () => startProftpd() },
  { ...PURE_FTPD, start: () => startPureFtpd() },
  OPENSSH,
];

/** The same, each with the TLS that the others do not have. */
export const SECURE_FILE_SERVERS: readonly FileServerKind[] = [
  { ...VSFTPD, name: "vsftpd, explicit TLS", start: () => startVsftpd({ tls: "explicit" }) },
  { ...PROFTPD, name: "ProFTPD, implicit TLS", start: () => startProftpd({ tls: "implicit" }) },
  { ...PURE_FTPD, name: "Pure-FTPd, in clear", start: () => startPureFtpd() },
  OPENSSH,
];

/** A kind with a server of it that runs. */
export type RunningFileServer = FileServerKind & { readonly server: TestServer };

export async function startAll(kinds: readonly FileServerKind[]): Promise<RunningFileServer[]> {
  return Promise.all(kinds.map(async (kind) => ({ ...kind, server: await kind.start() })));
}

/** Every file and folder below `root` by its path, sorted. */
export const everythingIn = (root: string): string[] => readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
