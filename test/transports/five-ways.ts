import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FtpServer, startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { type SftpServer, startSftpServer } from "../../src/cli/demo/sftp-server.js";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { transportOf } from "../../src/transports/index.js";
import type { Receipt, SendContext } from "../../src/transports/transport.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { sendContext } from "../support/sending.js";
import { startTokenServer, type TokenServer } from "../support/token-server.js";

const LOGIN = { username: "waybell", password: "Spoorweg-7" };

/** A kind of connection that leaves Waybell: the transports, and the token server of OAuth. */
export const WAYS = ["http-get", "http-post", "oauth2", "ftp", "sftp"] as const;
export type Way = (typeof WAYS)[number];

export interface FiveWays {
  /** Ports of the servers of 127.0.0.1 that each way leads to. */
  readonly ports: Readonly<Record<Way, number>>;
  /** Connections that any of them has accepted. */
  accepted(): number;
  /** Sends to a host, at the way's own port. */
  send(way: Way, host: string, init: Partial<SendContext>, more?: Record<string, unknown>): Promise<Receipt>;
  readonly ftp: FtpServer;
  stop(): Promise<void>;
}

/** As a URL holds it. */
export const bracketed = (host: string) => (/^[\da-f:.%]*:[\da-f:.%]*$/i.test(host) ? `[${host}]` : host);

interface Servers {
  readonly http: HttpReceiver;
  readonly tokens: TokenServer;
  readonly ftp: FtpServer;
  readonly sftp: SftpServer;
}

function optionsFor(way: Way, host: string, { http, tokens, ftp, sftp }: Servers): Record<string, unknown> {
  const url = `http://${bracketed(host)}:${http.port}/hook`;
  if (way === "ftp") return { host, port: ftp.port, ...LOGIN };
  if (way === "sftp") return { host, port: sftp.port, ...LOGIN, hostKey: sftp.fingerprint };
  if (way !== "oauth2") return { url };
  return { url, auth: { ...tokens.auth, tokenUrl: `http://${bracketed(host)}:${tokens.port}/token` } };
}

/** Servers of all kinds on 127.0.0.1, and sends to them. */
export async function startFiveWays(): Promise<FiveWays> {
  const root = mkdtempSync(join(tmpdir(), "waybell-ways-"));
  const servers: Servers = {
    http: await startHttpReceiver(),
    tokens: await startTokenServer(),
    ftp: await startFtpServer({ root, ...LOGIN }),
    sftp: await startSftpServer({ root, ...LOGIN }),
  };
  const { http, tokens, ftp, sftp } = servers;
  let sends = 0;
  return {
    ftp,
    ports: { "http-get": http.port, "http-post": http.port, oauth2: tokens.port, ftp: ftp.port, sftp: sftp.port },
    accepted: () => http.accepted + tokens.accepted + ftp.accepted + sftp.accepted,
    async send(way, host, init, more = {}) {
      const transport = transportOf(way === "oauth2" ? "http-post" : way);
      if (!transport) throw new Error(`no transport ${way}`);
      const id = `${++sends}`;
      // Each send opens its own connections.
      const connections = new Connections({ clock: systemClock });
      const context = sendContext({ connections, leaseKey: id, ...init });
      const payload = { contentType: "application/json", body: Buffer.from("{}"), fields: [["a", "b"] as const] };
      const options = { ...optionsFor(way, host, servers), ...more };
      const named = transport.kind === "file" ? { fileName: `${id}.json` } : {};
      const signal = init.signal ?? AbortSignal.timeout(10_000);
      const sending = transport.send(payload, options, { ...context, signal, ...named });
      return sending.finally(() => connections.close());
    },
    async stop() {
      await Promise.all([http.stop(), tokens.stop(), ftp.close(), sftp.close()]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}
