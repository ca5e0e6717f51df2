import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type FtpServer, startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { ftp } from "../../src/transports/ftp.js";
import type { Receipt, SendContext } from "../../src/transports/transport.js";
import { jsonPayload, sendContext } from "../support/sending.js";

type Options = Record<string, unknown>;

export const LOGIN = { username: "waybell", password: "Spoorweg-7" };
export const NAME = "ASK1 (a) [b]_take_20230719110649.json";
export const TEXT = '{"order":"ASK1"}';

/** Waybell's own FTP server, new for each test of the file that calls this, and sends to it. */
export function useOwnFtp() {
  let root = "";
  let server: FtpServer;
  let connections: Connections;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "waybell-ftp-"));
    server = await startFtpServer({ root, ...LOGIN });
    connections = new Connections({ clock: systemClock });
  });
  afterEach(async () => {
    await connections.close();
    await server.close();
    rmSync(root, { recursive: true, force: true });
  });

  const options = (more: Options = {}) => ({ host: "127.0.0.1", port: server.port, ...LOGIN, ...more });
  const context = (init: Partial<SendContext> = {}) =>
    sendContext({ connections, fileName: NAME, signal: AbortSignal.timeout(5000), ...init });
  return {
    get root() {
      return root;
    },
    get server() {
      return server;
    },
    options,
    context,
    send: (more: Options = {}, init: Partial<SendContext> = {}): Promise<Receipt> =>
      ftp.send(jsonPayload(TEXT), options(more), context(init)),
    /** Names of what is in the login's folder. */
    names: () => readdirSync(root),
    content: (name = NAME) => readFileSync(join(root, name), "utf8"),
    place: (content: string, name = NAME) => writeFileSync(join(root, name), content),
    /** The commands so far, less those that open a connection. */
    asked: () => server.commands.filter((line) => !/^(USER|PASS|OPTS|TYPE|AUTH|PBSZ|PROT|QUIT)/.test(line)),
  };
}
