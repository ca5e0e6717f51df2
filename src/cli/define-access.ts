import { type Command, Option } from "commander";
import type { ServerOptions } from "./context.js";
import { type Finish, onServer, wholeNumber, withHelp, withServer } from "./program.js";

type Listing = ServerOptions & { readonly limit: number; readonly json: boolean };

const ROLES = ["admin", "operator", "producer", "customer", "auditor"];
const ROLES_HELP = `
Roles: admin may do everything; operator all but keys, users, the audit log, purges and the rotation of
secrets; producer publishes events and nothing else; customer has the endpoints, orders and deliveries of one customer, and
reads its events; auditor reads everything but users, and changes nothing.`;

function withList(command: Command, limit: number): Command {
  return withServer(command)
    .option("--limit <number>", "show at most so many", wholeNumber(1, 1_000_000), limit)
    .option("--json", "one JSON object a line", false);
}

function defineKeys(program: Command, finish: Finish): void {
  const group = program.command("keys").description("who may use the API");
  const show = withServer(group.command("show").description("print the key that the commands use"));
  show.option("--json", "the key and the address of its server as JSON", false);
  withHelp(show, [`curl -H "authorization: Bearer $(waybell keys show)" http://127.0.0.1:8080/v1/customers`]);
  show.action(async (options: ServerOptions & { json: boolean }) =>
    finish((await import("./lists.js")).showKey(options)),
  );

  const create = withServer(group.command("create <name>").description("make a key, which is shown this once"))
    .addOption(new Option("--role <role>", "what it may do").choices(ROLES).makeOptionMandatory())
    .option("--customer <id>", "of the role customer: whose it is")
    .option("--expires <when>", "a time, or how long from now: 90d, 12h; else it does not expire")
    .option("--json", "the key with all that is known of it as JSON", false);
  const creating = [
    "waybell keys create TMS --role producer --expires 365d > tms.key",
    "waybell keys create 'Acme portal' --role customer --customer acme",
  ];
  withHelp(create, creating, ROLES_HELP);
  type Creating = ServerOptions & { role: string; customer?: string; expires?: string; json: boolean };
  create.action(async (name: string, options: Creating) => {
    const { createKey } = await import("./keys.js");
    finish(await onServer(options, (client) => createKey(client, name, options)));
  });

  const list = withList(group.command("list").description("list the keys, with those expired or revoked"), 500);
  withHelp(list, ["waybell keys list", "waybell keys list --json"]);
  list.action(async (options: Listing) => {
    const { listKeys } = await import("./keys.js");
    finish(await onServer(options, (client) => listKeys(client, options)));
  });

  const revoke = withServer(group.command("revoke <id>").description("refuse a key, within 2 s everywhere"));
  withHelp(revoke.option("--json", "what was done as JSON", false), ["waybell keys revoke key_01k9…"]);
  revoke.action(async (id: string, options: ServerOptions & { json: boolean }) => {
    const { revokeKey } = await import("./keys.js");
    finish(await onServer(options, (client) => revokeKey(client, id, options)));
  });
}

/** Adds the commands about who may use the API, and who changed what through it. */
export function defineAccess(program: Command, finish: Finish): void {
  defineKeys(program, finish);
  const group = program.command("audit").description("who changed what");
  const list = withList(group.command("list").description("list the changes, the newest first"), 50)
    .option("--customer <id>", "only those of this customer")
    .option("--subject <id>", "only those of this endpoint, order, delivery, key or status code")
    .option("--from <time>", "at or after this time, or not longer ago than 2h")
    .option("--to <time>", "before this time, or longer ago than 2h");
  const listing = ["waybell audit list --customer acme --from 7d", "waybell audit list --subject ep_01k9… --json"];
  withHelp(list, listing, "With --json each entry has its values before and after, secrets masked.");
  list.action(async (options: Listing & { customer?: string; subject?: string; from?: string; to?: string }) => {
    const { listAudit } = await import("./keys.js");
    finish(await onServer(options, (client) => listAudit(client, options)));
  });
}
