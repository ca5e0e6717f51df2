import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";
import type { Spent } from "./child.js";
import { onExit } from "./cleanup.js";

const START_MS = 30_000;
/** The API takes no more than 4,096; a request beyond these waits, and its time counts. */
const CONNECTIONS = 500;
const KEY = "benchmark-admin-key-of-this-run";
const SHARED_SECRETS_KEY = `bench:${Buffer.alloc(32, 7).toString("base64")}`;

export interface ServiceOptions {
  /** Where its database and its log lie. */
  readonly folder: string;
  /** The built command line. */
  readonly cli: string;
  /** Where it writes its CPU profile when it stops. */
  readonly profile: string | null;
  /** Left out: alone on a SQLite file. */
  readonly cluster?: ClusterPart;
}

/** One of several processes. */
export interface ClusterPart {
  /** Its log is named after it. */
  readonly name: string;
  readonly role: "api" | "worker";
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** `waybell serve`, as users run it: a process of its own, the default log level to a file. */
export interface Service {
  readonly url: string;
  /** Calls its API; `body` is sent as it is when it is text, else as JSON. Throws when the answer is not 2xx. */
  call<T>(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<T>;
  /** Its resident set in MiB. */
  memory(): number;
  /** What all its threads have used of the processor since it was started, in ms. */
  cpuMs(): number;
  /** Begins to measure its process; what is returned tells what was spent since then. */
  stopwatch(): () => Spent;
  /** Its process stands still until `thaw`. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

async function waitUntil(isTrue: () => boolean | Promise<boolean>, failed: () => Error): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw failed();
    await pause(20);
  }
}

/** What `npm start` gives to Node beside the command. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const [, flags] = /node (.*)dist\/cli\.js serve/.exec(scripts.start) ?? [];
  if (flags === undefined) throw new Error("npm start does not run `node … dist/cli.js serve`");
  return flags.split(" ").filter((flag) => flag !== "");
}

function launch({ folder, cli, profile, cluster }: ServiceOptions, logFile: string) {
  if (!existsSync(cli)) throw new Error(`${cli} is not there: run npm run build`);
  const log = openSync(logFile, "a");
  // Nothing of the user's own environment but where programs are: the defaults are what is measured.
  const env = {
    PATH: process.env.PATH,
    PORT: "0",
    ADMIN_KEY: KEY,
    DATABASE_URL: cluster?.databaseUrl ?? `file:${join(folder, "waybell.db")}`,
    EGRESS_ALLOW: "127.0.0.0/8",
    ...(cluster ? { REDIS_URL: cluster.redisUrl, SECRETS_KEYS: SHARED_SECRETS_KEY } : {}),
  };
  // As `npm start` runs it.
  const flags = startFlags();
  const profiling = profile === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const args = [...flags, ...profiling, cli, "serve", ...(cluster ? ["--role", cluster.role] : [])];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", log, log] });
  const forget = onExit(() => child.kill("SIGKILL"));
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    ended,
    signal: (name: NodeJS.Signals) => child.kill(name),
    async stop() {
      if (!ended()) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      forget();
    },
  };
}

/** Starts it and waits until it is ready. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { folder, cluster } = options;
  const logFile = join(folder, `${cluster?.name ?? "service"}.log`);
  // It may have been started here before, and have listened elsewhere.
  const logged = existsSync(logFile) ? statSync(logFile).size : 0;
  const running = launch(options, logFile);
  const log = () => readFileSync(logFile).toString("utf8", logged);
  const failed = () =>
    new Error(`It did not start. Its log ends:\n${log().trimEnd().split("\n").slice(-10).join("\n")}`);
  const urlInLog = () => /^Waybell listens on (\S+)/m.exec(log())?.[1];
  await waitUntil(() => running.ended() || urlInLog() !== undefined, failed);
  const url = urlInLog();
  if (running.ended() || url === undefined) throw failed();
  const agent = new Agent({ pipelining: 1, connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
  const service: Service = {
    url,
    async call(method, path, body) {
      const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
      const answer = await request(url + path, { method, headers, body: text ?? null, dispatcher: agent });
      const said = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${said.slice(0, 500)}`);
      return (said === "" ? undefined : JSON.parse(said)) as never;
    },
    memory: () => residentMiB(running.pid),
    cpuMs: () => cpuMs(running.pid),
    stopwatch() {
      const cpu = cpuMs(running.pid);
      const start = performance.now();
      return () => ({ ms: performance.now() - start, cpuMs: cpuMs(running.pid) - cpu });
    },
    freeze: () => void running.signal("SIGSTOP"),
    thaw: () => void running.signal("SIGCONT"),
    async stop() {
      running.signal("SIGCONT");
      await agent.close();
      await running.stop();
    },
  };
  await waitUntil(
    () =>
      service.call("GET", "/readyz").then(
        () => true,
        () => false,
      ),
    failed,
  );
  return service;
}

function ofProcess(pid: number, file: string): string {
  if (process.platform !== "linux") throw new Error("the benchmarks read /proc, which only Linux has");
  return readFileSync(`/proc/${pid}/${file}`, "utf8");
}

function residentMiB(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(ofProcess(pid, "status")) ?? [];
  return Number(kib) / 1024;
}

/** What all its threads have used of the processor; the kernel counts it in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = ofProcess(pid, "stat")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
