import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckStep, Transport } from "../../src/transports/transport.js";
import type { ContractServer, TransportHarness } from "../transports/contract.js";
import type { TestServer } from "./launch.js";

type Options = Readonly<Record<string, unknown>>;

/** The options of the `ftp` transport that reach a server. */
export function ftpOptions(server: TestServer, port = server.port): Record<string, unknown> {
  const { host, username, password, tls, ca } = server;
  return { host, port, tls, username, password, ...(tls === "none" ? {} : { ca }) };
}

/** The options of the `sftp` transport that reach a server, with its key or its password. */
export function sftpOptions(
  server: TestServer,
  login: "key" | "password",
  port = server.port,
): Record<string, unknown> {
  const { host, username, password, privateKey, fingerprint } = server;
  return { host, port, username, hostKey: fingerprint, ...(login === "key" ? { privateKey } : { password }) };
}

/** Files that are there and were not delivered under their own name. */
export function leftovers(root: string): string[] {
  return readdirSync(root).filter((name) => name.endsWith(".part") || name.startsWith("waybell-check"));
}

/** What the contract suite needs to know of a file server. */
export function fileHarness(
  transport: Transport,
  start: () => Promise<TestServer>,
  options: (server: TestServer, port: number) => Options,
  wrong: Options,
  checkSteps: readonly CheckStep["step"][],
  deadlineMs = 400,
): TransportHarness {
  return {
    transport,
    checkSteps,
    deadlineMs,
    async start(): Promise<ContractServer> {
      const server = await start();
      return {
        port: server.port,
        options: (port) => options(server, port),
        secrets: [server.password, ...(server.privateKey === "" ? [] : [server.privateKey])],
        wrongLogin: (port) => ({ ...options(server, port), ...wrong }),
        read: async (_receipt, fileName) => readFileSync(join(server.root, fileName)),
        leftovers: async () => leftovers(server.root),
        stop: () => server.stop(),
      };
    },
  };
}
