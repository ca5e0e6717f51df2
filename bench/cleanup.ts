import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const actions = new Set<() => void>();

process.once("exit", () => {
  for (const each of [...actions].reverse()) each();
});
for (const [signal, code] of [["SIGINT", 130] as const, ["SIGTERM", 143] as const, ["SIGHUP", 129] as const]) {
  process.once(signal, () => process.exit(code));
}

/** Runs `action` when the process ends, by itself or by a signal; what is returned takes it back. */
export function onExit(action: () => void): () => void {
  actions.add(action);
  return () => void actions.delete(action);
}

/** A folder that is removed at the end. In the project, as /tmp is in memory on many machines: an fsync is free there. */
export function makeFolder(): string {
  const parent = fileURLToPath(new URL("../.cache/bench", import.meta.url));
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "run-"));
  onExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
