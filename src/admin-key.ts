import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "admin.key";

/** Writes a file that only its owner can read, whole or not at all. */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  // The mode counts only for a file that is made: one that a crash left keeps its own.
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

function readKey(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim() || null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * The admin key: of the environment, else of the file beside the database, else made now. It lies in that file in any
 * case, so that the command line on this machine finds it. `made`: it is to be shown, this once.
 */
export function openAdminKey(given: string | null, dataFolder: string): { key: string; made: boolean } {
  const path = join(dataFolder, FILE);
  const kept = readKey(path);
  const key = given ?? kept ?? `wb_${randomBytes(32).toString("base64url")}`;
  if (key !== kept) writePrivateFile(path, `${key}\n`);
  return { key, made: given === null && kept === null };
}
