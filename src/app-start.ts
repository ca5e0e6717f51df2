import { join } from "node:path";
import type { Config } from "./config.js";
import type { Logger } from "./logger.js";
import type { SecretKeeping } from "./store/secret-keeping.js";

/** What was made at this start; the admin key is shown this once. */
export function sayMade(
  { dataFolder }: Config,
  admin: { readonly key: string; readonly made: boolean },
  { secretsMade }: { readonly secretsMade: boolean },
  log: Logger,
): void {
  if (admin.made)
    process.stderr.write(`\nThe admin key, shown this once (kept in ${dataFolder}):\n\n  ${admin.key}\n\n`);
  if (!secretsMade) return;
  const file = join(dataFolder, "secrets.keys");
  log.warn(
    `SECRETS_KEYS is not set: a key was made in ${file}. Keep a copy of it: without it no password can be read.`,
  );
}

/** Beside the service, as there can be many: says which secrets no key opens. What needs them waits. Never rejects. */
export async function lookAtSecrets(keeping: Pick<SecretKeeping, "status">, log: Logger): Promise<void> {
  try {
    const { unreadable } = await keeping.status();
    if (unreadable.count === 0) return;
    const what =
      "secrets cannot be read: what needs them waits until the key is back or they are set anew; waybell secrets status --all names every one";
    log.error({ secrets: unreadable.count, first: unreadable.first }, what);
  } catch (error) {
    log.error({ err: error }, "which secrets can be read is not known: waybell secrets status looks again");
  }
}

/** Tells how far the database goes: of one that was restored, what is newer is missing, and has to be published again. */
export async function sayNewest(newestEvent: () => Promise<number | null>, log: Logger): Promise<void> {
  const at = await newestEvent();
  if (at === null) log.info("there is no event in this database yet");
  else log.info({ newestEvent: new Date(at).toISOString() }, "the newest event in this database is of this time");
}
