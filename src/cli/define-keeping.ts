import type { Command } from "commander";
import type { ServerOptions } from "./context.js";
import { type Finish, onServer, withHelp, withServer } from "./program.js";

const ROTATE_HELP = `
SECRETS_KEYS holds the keys, the active one first. A new key, one process: put it first, start again, rotate, take the old
one out. Many processes: put it last in all of them and start them again, so that each can read it; then first in all of
them; then rotate. Interrupted, or killed: run it again.`;

type Json = ServerOptions & { readonly json: boolean };

/** Adds the commands about what is kept: secrets. */
export function defineKeeping(program: Command, finish: Finish): void {
  const secrets = program.command("secrets").description("the keys that stored passwords are encrypted with");
  const status = withServer(secrets.command("status").description("what each key still encrypts"));
  withHelp(status.option("--json", "as JSON", false), ["waybell secrets status"]);
  status.action(async (options: Json) => {
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
