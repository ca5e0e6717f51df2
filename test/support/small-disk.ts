import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Served } from "./serve.js";
import { temporaryFolder } from "./service.js";

/** A disk that can be filled for one process, and emptied again. */
export interface SmallDisk {
  /** Where that process has its files. */
  readonly folder: string;
  /** The command that runs the process on it. */
  readonly under: readonly string[];
  /** What the system answers to a write once it is full. */
  readonly answer: "ENOSPC" | "EFBIG";
  fill(served: Served): void;
  empty(served: Served): void;
  remove(): void;
}

const CHUNK = Buffer.alloc(64 * 1024);

/** Writes until nothing more fits. */
export function fillUp(file: string): void {
  const descriptor = openSync(file, "w");
  try {
    for (let bytes = CHUNK.length; bytes >= 1; ) {
      try {
        writeSync(descriptor, CHUNK, 0, bytes);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        bytes = Math.floor(bytes / 2);
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

/** A file system in memory, in a namespace of its own, so that nothing of it is seen elsewhere or left behind. */
async function inMemory(bytes: number): Promise<SmallDisk> {
  const { folder, remove } = temporaryFolder();
  const script = `mount -t tmpfs -o size=${bytes} none "$0" && echo mounted && exec sleep 100000`;
  const holder = spawn("unshare", ["-rm", "sh", "-c", script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  const filler = join(`/proc/${holder.pid}/root`, folder, "filler");
  const enter = ["-t", String(holder.pid), "-U", "-m", "--preserve-credentials"];
  return {
    folder,
    under: ["nsenter", ...enter],
    answer: "ENOSPC",
    fill: () => fillUp(filler),
    empty: () => rmSync(filler),
    remove() {
      holder.kill("SIGKILL");
      remove();
    },
  };
}

/** Where namespaces are not allowed: a bound on the size of the files that the process may write. */
function bySizeOfFiles(): SmallDisk {
  const { folder, remove } = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const largest = () =>
    Math.max(...readdirSync(folder).map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0));
  const limit = ({ pid }: Served, soft: number | "unlimited") =>
    void execFileSync("prlimit", ["--pid", String(pid), `--fsize=${soft}:unlimited`]);
  return {
    folder,
    // Without the signal, which would end the process, a write past the bound fails.
    under: ["sh", "-c", 'trap "" XFSZ; exec "$@"', "sh"],
    answer: "EFBIG",
    fill: (served) => limit(served, largest()),
    empty: (served) => limit(served, "unlimited"),
    remove,
  };
}

const mayMount = () => {
  const { folder, remove } = temporaryFolder();
  const { status } = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "-o", "size=64k", "none", folder]);
  remove();
  return status === 0;
};

/** A small disk of each kind that this system allows; the second one always. */
export function smallDisks(bytes: number): (readonly [kind: string, open: () => Promise<SmallDisk>])[] {
  const limited = ["a bound on files", async () => bySizeOfFiles()] as const;
  return mayMount() ? [["a file system", () => inMemory(bytes)], limited] : [limited];
}
