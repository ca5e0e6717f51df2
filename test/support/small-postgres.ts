import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { descendants, isRoot } from "../servers/launch.js";
import type { PostgresPlace } from "../servers/postgres.js";
import { temporaryFolder } from "./service.js";
import { fillUp } from "./small-disk.js";

/** A disk for a PostgreSQL that can be filled, and emptied again. */
export interface PostgresDisk {
  readonly place: PostgresPlace;
  /** What the system answers to a write once it is full. */
  readonly answer: "ENOSPC" | "EFBIG";
  fill(): void;
  empty(): void;
  remove(): void;
}

const MIB = 1024 * 1024;
const BYTES = 96 * MIB;
/** PostgreSQL refuses root, who is all that one sees of oneself in a user namespace by default. */
const OWN_MOUNTS = isRoot ? ["-m"] : ["--map-current-user", "--keep-caps", "-m"];
const MOUNT = `mount -t tmpfs -o size=${BYTES},mode=1777 none "$0"`;

/** A folder that PostgreSQL's own user may enter. */
function openFolder() {
  const made = temporaryFolder();
  chmodSync(made.folder, 0o777);
  return made;
}

/** A file system in memory, in a namespace of its own, so that nothing of it is seen elsewhere or left behind. */
async function inMemory(hasLog: boolean): Promise<PostgresDisk> {
  const { folder, remove } = openFolder();
  const script = `${MOUNT} && echo mounted && exec sleep 100000`;
  const holder = spawn("unshare", [...OWN_MOUNTS, "sh", "-c", script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  const filler = join(`/proc/${holder.pid}/root`, folder, "filler");
  const enter = isRoot ? ["-m"] : ["-U", "-m", "--preserve-credentials"];
  return {
    place: { folder, under: ["nsenter", "-t", String(holder.pid), ...enter], hasLog },
    answer: "ENOSPC",
    fill: () => fillUp(filler),
    empty: () => rmSync(filler),
    remove() {
      holder.kill("SIGKILL");
      remove();
    },
  };
}

/** Where nobody may mount: a bound on the size of the files that its processes may write. */
function bySizeOfFiles(): PostgresDisk {
  const { folder, remove } = openFolder();
  const data = join(folder, "data");
  // The files of the log are of 1 MiB, and always fit.
  const largest = () =>
    readdirSync(join(data, "base"), { recursive: true, encoding: "utf8" }).reduce(
      (most, name) => Math.max(most, statSync(join(data, "base", name), { throwIfNoEntry: false })?.size ?? 0),
      MIB,
    );
  const limit = (soft: number | "unlimited") => {
    const main = Number.parseInt(readFileSync(join(data, "postmaster.pid"), "utf8"), 10);
    // As its own user: root without all of its rights may not. Those that it starts later have its bound.
    const { uid, gid } = statSync(data);
    for (const pid of [main, ...descendants(main)])
      execFileSync("prlimit", ["--pid", String(pid), `--fsize=${soft}:unlimited`], { uid, gid });
  };
  return {
    place: { folder, under: [], hasLog: false },
    answer: "EFBIG",
    fill: () => limit(largest()),
    empty: () => limit("unlimited"),
    remove,
  };
}

const mayMount = () => {
  const { folder, remove } = openFolder();
  const { status } = spawnSync("unshare", [...OWN_MOUNTS, "sh", "-c", MOUNT, folder]);
  remove();
  return status === 0;
};

type Open = () => Promise<PostgresDisk>;

/** Disks of each kind that this system allows; the bound on files always. */
export function postgresDisks(): (readonly [kind: string, open: Open])[] {
  const limited = ["a bound on files", async () => bySizeOfFiles()] as const;
  if (!mayMount()) return [limited];
  const withLog = ["a file system that has its log too", () => inMemory(true)] as const;
  return [["a file system", () => inMemory(false)], withLog, limited];
}
