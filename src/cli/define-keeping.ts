import type { Command } from "commander";
import type { ServerOptions } from "./context.js";
import { type Finish, onServer, withHelp, withServer } from "./program.js";
import type { PurgeOptions } from "./purge.js";

const ROTATE_HELP = `
SECRETS_KEYS holds the keys, the active one first. A new key, one process: put it first, start again, rotate, take the old
one out. Many processes: put it last in all of them and start them again, so that each can read it; then first in all of
them; then rotate. Interrupted, or killed: run it again.`;

type Json = ServerOptions & { readonly json: boolean };

const PURGE_HELP = `
What waits is canceled (reason: purged); then all of it is deleted in small sets, while the service goes on. A record stays:
who asked, when, how much it was, and of an order a hash of its number. Events that are published afterwards are new ones.
Logs and backups are not touched. Interrupted: the service goes on by itself.`;

/** Adds the commands about what is kept: secrets, and data to delete. */
export function defineKeeping(program: Command, finish: Finish): void {
  const purging = withServer(program.command("purge"))
    .description("delete all that is known of one order, or of one customer")
    .option("--customer <id>", "whose")
    .option("--order <number>", "only this order; without it the customer goes too")
    .option("--by <text>", "who asked, or the number of the request: it is kept with the record")
    .option("--dry-run", "only say how much it is", false)
    .option("--yes", "do not ask", false)
    .option("--json", "the counts, or the record, as JSON", false);
  withHelp(
    purging,
    ["waybell purge --customer acme --order ASK132456798 --dry-run", "waybell purge --customer acme --yes"],
    PURGE_HELP,
  );
  purging.action(async (options: ServerOptions & PurgeOptions) => {
    const { purge } = await import("./purge.js");
    finish(await onServer(options, (client) => purge(client, options)));
  });

  const secrets = program.command("secrets").description("the keys that stored passwords are encrypted with");
  const status = withServer(secrets.command("status").description("what each key still encrypts"));
  status.option("--all", "name every secret that no key opens, not the first alone", false);
  withHelp(status.option("--json", "as JSON", false), ["waybell secrets status", "waybell secrets status --all"]);
  status.action(async (options: Json & { readonly all: boolean }) => {
    const { secretsStatus } = await import("./secrets.js");
    finish(await onServer(options, (client) => secretsStatus(client, options)));
  });

  const rotate = withServer(
    secrets.command("rotate").description("encrypt all anew with the active key, while the service runs"),
  );
  withHelp(rotate.option("--json", "what was done as JSON", false), ["waybell secrets rotate"], ROTATE_HELP);
  rotate.action(async (options: Json) => {
    const { rotateSecrets } = await import("./secrets.js");
    finish(await onServer(options, (client) => rotateSecrets(client, options)));
  });
}
