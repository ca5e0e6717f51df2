import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "ssh2";
import { startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { startSftpServer } from "../../src/cli/demo/sftp-server.js";
import { makeCertificate } from "../support/certificates.js";
import { type Behaviour, type HostileServer, relaying, startHostile } from "../support/hostile-servers.js";
import { type SshOptions, sshServer } from "../support/hostile-ssh.js";
import { startHttpReceiver } from "../support/http-receiver.js";

export const LOGIN = { username: "waybell", password: "Spoorweg-7" };
export const FINGERPRINT = `SHA256:${"A".repeat(43)}`;

/** A receiver that does something else than receive, and what the attempt must say of it. */
export interface Hostile {
  readonly id: string;
  /** Begins to listen; what of the endpoint leads to it. */
  start(): Promise<{ readonly type: string }>;
  readonly fault: string;
  readonly code: RegExp;
  readonly detail: RegExp;
  /** What a folder holds in the end. */
  left?(): readonly string[];
  /** How many connections it got, during the attempt and after it. */
  connections?(): number;
  readonly success?: object;
  /** What follows; absent: another try. */
  readonly outcome?: string;
  /** Connections that are kept for the next send; absent: none. */
  readonly kept?: number;
  /** Whether what is sent is larger than the system holds for a receiver that does not read. */
  readonly large?: boolean;
  /** Whether only the deadline ends it; absent: as the code says. */
  readonly waits?: boolean;
}

export const stops: (() => Promise<unknown>)[] = [];
export const good = makeCertificate();
export const expired = makeCertificate(["127.0.0.1"], true);
export const elsewhere = makeCertificate(["other.example"]);

/** All that were started, in their order. */
export const servers: HostileServer[] = [];

async function begin(behave: Behaviour, certificate?: typeof good): Promise<HostileServer> {
  const server = await startHostile(behave, certificate);
  stops.push(() => server.stop());
  servers.push(server);
  return server;
}

export const raw = async (behave: Behaviour, certificate?: typeof good) => (await begin(behave, certificate)).port;

const accepted = new Map<string, () => number>();
export const acceptedBy = (id: string) => () => accepted.get(id)?.() ?? 0;

/** A port of which a row asks how many connections it got. */
export async function counted(id: string, behave: Behaviour, certificate?: typeof good): Promise<number> {
  const server = await begin(behave, certificate);
  accepted.set(id, () => server.accepted);
  return server.port;
}

export const http = (behave: Behaviour) => async () => ({
  type: "http-post",
  url: `http://127.0.0.1:${await raw(behave)}/`,
});
export const ftp =
  (behave: Behaviour, more: object = {}) =>
  async () => ({ type: "ftp", host: "127.0.0.1", port: await raw(behave), ...LOGIN, ...more });
export const sftp = (behave: Behaviour) => async () => ({
  type: "sftp",
  host: "127.0.0.1",
  port: await raw(behave),
  ...LOGIN,
  hostKey: FINGERPRINT,
});

export const https =
  (certificate: typeof good, ca = certificate.cert) =>
  async () => {
    const receiver = await startHttpReceiver({ certificate });
    stops.push(() => receiver.stop());
    return { type: "http-post", url: `https://127.0.0.1:${await raw(relaying(receiver.port))}`, ca };
  };

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), "waybell-hostile-"));
  stops.push(async () => rmSync(root, { recursive: true, force: true }));
  return root;
}

const folders = new Map<string, string>();
export const leftIn = (id: string) => () => readdirSync(folders.get(id) ?? "missing");

type Ftp = Parameters<Awaited<ReturnType<typeof startFtpServer>>["misbehave"]>[0];
type Sftp = Parameters<Awaited<ReturnType<typeof startSftpServer>>["misbehave"]>[0];

export const ownFtp =
  (id: string, misbehaviour: Ftp, certificate?: typeof good, ca = certificate?.cert) =>
  async () => {
    const root = folder();
    folders.set(id, root);
    const tls = certificate ? ({ mode: "explicit", ...certificate } as const) : undefined;
    const server = await startFtpServer({ root, ...LOGIN, ...(tls ? { tls } : {}) });
    stops.push(() => server.close());
    server.misbehave(misbehaviour);
    const secured = tls ? { tls: tls.mode, ca } : {};
    return { type: "ftp", host: "127.0.0.1", port: await raw(relaying(server.port)), ...LOGIN, ...secured };
  };

/** A server whose host key is trusted, and that speaks SSH until it does otherwise. */
export const speakingSsh =
  (options: SshOptions, behave: (connection: Connection) => void, more: object = {}) =>
  async () => {
    const { behaviour, fingerprint } = sshServer(options, behave);
    return { type: "sftp", host: "127.0.0.1", port: await raw(behaviour), ...LOGIN, hostKey: fingerprint, ...more };
  };

export const ownSftp = (id: string, misbehaviour: Sftp, hostKey?: string) => async () => {
  const root = folder();
  folders.set(id, root);
  const server = await startSftpServer({ root, ...LOGIN });
  stops.push(() => server.close());
  server.misbehave(misbehaviour);
  const key = hostKey ?? server.fingerprint;
  return { type: "sftp", host: "127.0.0.1", port: await raw(relaying(server.port)), ...LOGIN, hostKey: key };
};
