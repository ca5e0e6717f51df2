import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import pg from "pg";
import { freePort, isRoot, launch, programs, type Running } from "./launch.js";

/** A PostgreSQL of the test's own. */
export interface PostgresServer extends Running {
  readonly port: number;
  url(database: string): string;
  /** Makes a database, as a copy of `template` if given, and returns its URL. */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Drops a database, whoever is connected to it. */
  dropDatabase(name: string): Promise<void>;
}

/** A place for its files other than a temporary folder. */
export interface PostgresPlace {
  /** Anybody may write here. */
  readonly folder: string;
  /** The command by which a program sees it. */
  readonly under: readonly string[];
  /** Whether the log of changes lies there too, or beside it where there is room. */
  readonly hasLog: boolean;
}

export interface PostgresOptions {
  readonly place?: PostgresPlace;
  /** Syncs to disk and has the memory that a real one has by default; otherwise nothing survives a crash of the machine, and all is faster. */
  readonly durable?: boolean;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

interface Programs {
  /** The folder of initdb and postgres. */
  readonly folder: string;
  readonly libraries: string;
}

const OTHERS_MAY_READ_AND_ENTER = 0o005;

/** Who PostgreSQL runs as, which refuses root; undefined: whoever runs the tests. */
function postgresUser(): User | undefined {
  if (!isRoot) return undefined;
  const known = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  return known ? { uid: Number(known[1]), gid: Number(known[2]) } : { uid: 65_534, gid: 65_534 };
}

function mayEnter(folder: string): boolean {
  const open = (statSync(folder).mode & OTHERS_MAY_READ_AND_ENTER) === OTHERS_MAY_READ_AND_ENTER;
  return dirname(folder) === folder ? open : open && mayEnter(dirname(folder));
}

/** The programs where any user can reach them: a checkout below /root is for root alone. */
function reachable({ folder, libraries }: Programs): Programs {
  if (mayEnter(folder)) return { folder, libraries };
  // …/usr/lib/postgresql/15/bin; the programs find their share folder by the way from one to the other.
  const root = join(folder, "../../../../..");
  const version = relative(join(root, "usr/lib/postgresql"), dirname(folder));
  const copy = join(tmpdir(), `waybell-postgresql-${version}-${process.getuid?.() ?? 0}`);
  const parts = [`usr/lib/postgresql/${version}`, `usr/share/postgresql/${version}`];
  const shared = libraries.split(delimiter).map((path) => relative(root, path));
  if (!existsSync(copy)) {
    // Whole or not at all: several test files may do this at once.
    const draft = mkdtempSync(`${copy}-`);
    chmodSync(draft, 0o755);
    for (const part of [...parts, ...shared].filter((one) => existsSync(join(root, one))))
      cpSync(join(root, part), join(draft, part), { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(draft, copy);
    } catch {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  return { folder: join(copy, parts[0] ?? "", "bin"), libraries: shared.map((one) => join(copy, one)).join(delimiter) };
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // Without a listener a server that is killed ends the test process.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end().catch(() => {});
  }
}

function settings(port: number, durable: boolean): string[] {
  const all = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    max_connections: 200,
    shared_buffers: durable ? "128MB" : "16MB",
    jit: "off",
    // Not synchronous_commit: what was committed would be lost when the server alone is killed, and it saves nothing more.
    ...(durable ? {} : { fsync: "off", full_page_writes: "off" }),
  };
  return Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** What makes the cluster. */
function initialise(data: string, log: string | null): string[] {
  const options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"];
  return ["-D", data, ...options, ...(log === null ? [] : ["--waldir", log, "--wal-segsize=1"])];
}

/** The command that runs a program as a user, under another command. */
function commandOf(program: string, args: readonly string[], under: readonly string[], user: User | undefined) {
  const as = user
    ? ["setpriv", "--pdeathsig=KILL", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"]
    : [];
  const [command = program, ...rest] = [...under, ...(under.length > 0 ? as : []), program, ...args];
  return { command, args: rest, ...(user && under.length === 0 ? { user } : {}) };
}

/** Starts a PostgreSQL on a port of its own, with an empty cluster in a temporary folder. */
export async function startPostgres({ durable = false, place }: PostgresOptions = {}): Promise<PostgresServer> {
  const { postgres, libraries: found } = programs();
  const { folder: bin, libraries } = reachable({ folder: postgres, libraries: found });
  const user = postgresUser();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "waybell-postgres-"));
  if (user) chownSync(folder, user.uid, user.gid);
  const under = place?.under ?? [];
  const data = join(place?.folder ?? folder, "data");
  // GMT is known without the system's time zones, which a bare container lacks.
  const env = { TZ: "GMT", LC_ALL: "C", PGTZ: "GMT" };
  const init = initialise(data, place && !place.hasLog ? join(folder, "log") : null);
  const { user: initUser, ...made } = commandOf(join(bin, "initdb"), init, under, user);
  execFileSync(made.command, made.args, {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env, LD_LIBRARY_PATH: libraries },
    ...initUser,
  });
  const url = (database: string) => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  const ask = (statement: string) => query(url("postgres"), statement);
  const running = await launch({
    name: "PostgreSQL",
    ...commandOf(join(bin, "postgres"), ["-D", data, ...settings(port, durable)], under, user),
    port,
    folder,
    libraries,
    env,
    // While it recovers from a crash it accepts connections only to refuse them.
    ready: () =>
      ask("SELECT 1").then(
        () => true,
        () => false,
      ),
  });
  return {
    port,
    url,
    async createDatabase(name, template = "template1") {
      await ask(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(template)}`);
      return url(name);
    },
    dropDatabase: (name) => ask(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`),
    ...running,
  };
}
