import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../scripts/test-servers.mjs", import.meta.url));
const found = fileURLToPath(new URL("../../.cache/test-servers/servers.json", import.meta.url));

export type Tls = "none" | "explicit" | "implicit";

export interface ServerOptions {
  readonly tls?: Tls;
  /** Nothing can be written, renamed or deleted. */
  readonly readOnly?: boolean;
}

/** What can be done to a server that runs. */
export interface Running {
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
  /** Ends it and its children at once, as a crash would; its folder stays until `stop`. */
  kill(): Promise<void>;
  /** Starts it again after `kill`: same port, same folder. */
  restart(): Promise<void>;
}

/** A real server under test, and a login to it. */
export interface TestServer extends Running {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** The folder on disk that the login lands in. */
  readonly root: string;
  readonly tls: Tls;
  /** PEM of the certificate, which is its own authority; empty without TLS. */
  readonly ca: string;
  /** SSH: the host key's fingerprint, as `SHA256:…`. TLS: the certificate's. */
  readonly fingerprint: string;
  /** SSH: the private key that may log in; empty otherwise. */
  readonly privateKey: string;
}

interface Programs {
  readonly vsftpd: string;
  readonly proftpd: string;
  readonly proftpdModules: string;
  readonly pureFtpd: string;
  readonly purePw: string;
  readonly sshd: string;
  readonly nssWrapper: string;
  readonly xmllint: string;
  /** The folder of its programs. */
  readonly postgres: string;
  readonly redisServer: string;
  readonly chromium: string;
  readonly php: string;
  readonly mono: string;
  /** The folder of C#'s compiler and its libraries. */
  readonly csharp: string;
  readonly python: string;
  readonly libraries: string;
}

export const isRoot = process.getuid?.() === 0;

/** Who the servers act as: whoever runs the tests, but never root, who is stopped by no file's rights. */
export function systemUser(): { uid: number; gid: number } {
  return isRoot ? { uid: 65_534, gid: 65_534 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

export const PASSWORD = "Spoorweg-7";
/** crypt(3) of the password, for the servers that read it from a file. */
export const PASSWORD_HASH =
  "$6$waybell$9WNaD9G1fqLF.BDi7tL8nYd6fFcZvbMCZoHhd6nIwFwSxjt2tMIqojhhonU7/YIY3aRHAFAseCtYsH7r6lApm/";

let known: Programs | undefined;

/** Where the servers' programs are; fetches them first if need be. */
export function programs(): Programs {
  if (!known) execFileSync(process.execPath, [script], { stdio: "inherit" });
  known ??= JSON.parse(readFileSync(found, "utf8")) as Programs;
  return known;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A temporary folder with a `files` folder in it, which the servers' users may enter. */
export function makeFolder(name: string, readOnly: boolean): { folder: string; root: string } {
  const folder = mkdtempSync(join(tmpdir(), `waybell-${name}-`));
  chmodSync(folder, 0o755);
  const root = join(folder, "files");
  mkdirSync(root);
  // Whoever the server runs as must be able to write, and the test to clean up.
  chmodSync(root, readOnly ? 0o555 : 0o777);
  return { folder, root };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Every process below `pid`; on systems without /proc none. sshd's leave the process group, so that alone is not enough. */
export function descendants(pid: number): number[] {
  if (!existsSync("/proc/self/stat")) return [];
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      // pid (name) state ppid …; the name may hold spaces and parentheses.
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It ended while it was looked at.
    }
  }
  const found: number[] = [];
  for (let level = [pid]; level.length > 0; ) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([child]) => child);
    found.push(...level);
  }
  return found;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone.
  }
}

/** Kills the process and all below it, and returns who they were. */
function endAll(child: ChildProcess): number[] {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return [];
  // Stopped first, so that it starts no more while they are counted.
  signal(child.pid, "SIGSTOP");
  const below = descendants(child.pid);
  for (const pid of [...below, -child.pid]) signal(pid, "SIGKILL");
  return below;
}

/** Whether a process still holds its files and memory: one that nobody has asked after (Z) holds nothing. */
function holds(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

export interface Launch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly folder: string;
  readonly libraries: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Whether it serves, where accepting a connection does not say so. */
  readonly ready?: () => Promise<boolean>;
}

/** Ends the servers with the test process, however that ends: it may be killed and tell nobody. */
const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path));

type Child = ReturnType<typeof begin>;

const children = new Set<ChildProcess>();
// A test run that is ended must not leave servers behind.
process.once("exit", () => {
  for (const child of children) endAll(child);
});

/** A server's process, in a group of its own. */
function begin({ command, args, libraries, env, user }: Launch) {
  const [program, ...rest] = setpriv ? [setpriv, "--pdeathsig", "KILL", "--", command, ...args] : [command, ...args];
  const child = spawn(program ?? command, rest, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env, LD_LIBRARY_PATH: libraries },
    ...user,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000);
    });
  }
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", (error) => {
      said += String(error);
      resolve();
    });
  });
  children.add(child);
  return {
    ended: () => child.exitCode !== null || child.pid === undefined,
    why: () => said.trim() || `exit code ${child.exitCode}`,
    async end() {
      const below = endAll(child);
      await gone;
      while (below.some(holds)) await pause(5);
      children.delete(child);
    },
  };
}

/** Starts a server and waits until it serves. */
export async function launch(options: Launch): Promise<Running> {
  const { name, port, folder, ready = () => accepts(port) } = options;
  let child: Child | undefined;
  const kill = async () => {
    await child?.end();
    child = undefined;
  };
  const stop = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const restart = async () => {
    for (const deadline = Date.now() + 15_000; ; ) {
      await kill();
      const started = begin(options);
      child = started;
      while (!started.ended() && Date.now() < deadline) {
        if (await ready()) return;
        await pause(20);
      }
      // A connection of any program may stand on the port for a moment.
      const isTaken = /address already in use/i.test(started.why());
      if (!isTaken || Date.now() > deadline) {
        await stop();
        throw new Error(`${name} did not start: ${started.why()}`);
      }
      await pause(200);
    }
  };
  await restart();
  return { stop, kill, restart };
}
