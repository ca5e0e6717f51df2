import { type Command, Option } from "commander";
import type { ServerOptions } from "./context.js";
import { type Finish, onServer, wholeNumber, withHelp, withServer } from "./program.js";

type Plain = ServerOptions & { readonly json: boolean };
type Adding = Plain & { role: string; name?: string; customer?: string; language?: string };

const ROLES_HELP = `
Roles: admin may do everything; operator all but users, keys, the audit log, purges and the rotation of
secrets; auditor reads everything but users, and changes nothing; customer sees what is one customer's, where its portal is on,
and changes there what the portal allows.`;

function defineAdd(group: Command, finish: Finish): void {
  const add = withServer(group.command("add <email>").description("invite a user; prints a link to choose a password"))
    .addOption(
      new Option("--role <role>", "what they may do")
        .choices(["admin", "operator", "auditor", "customer"])
        .makeOptionMandatory(),
    )
    .option("--name <name>", "what they are called")
    .option("--customer <id>", "of the role customer: whose people they are")
    .addOption(new Option("--language <language>", "of pages and mails").choices(["nl", "fr", "en"]))
    .option("--json", "the user with the link as JSON", false);
  withHelp(add, ["waybell users add ann@example.com --role admin --name Ann"], ROLES_HELP);
  add.action(async (email: string, options: Adding) => {
    const { addUser } = await import("./users.js");
    finish(await onServer(options, (client) => addUser(client, email, options)));
  });
}

/** Adds the commands about who signs in to the pages. */
export function defineUsers(program: Command, finish: Finish): void {
  const group = program.command("users").description("who signs in to the pages");
  defineAdd(group, finish);

  const list = withServer(group.command("list").description("list the users"))
    .option("--limit <number>", "show at most so many", wholeNumber(1, 1_000_000), 500)
    .option("--json", "one JSON object a line", false);
  withHelp(list, ["waybell users list", "waybell users list --json"]);
  list.action(async (options: Plain & { limit: number }) => {
    const { listUsers } = await import("./users.js");
    finish(await onServer(options, (client) => listUsers(client, options)));
  });

  const link = withServer(group.command("link <email>").description("print a new link to choose a password"));
  withHelp(link.option("--json", "the link with all that is known of it as JSON", false), [
    "waybell users link ann@example.com",
  ]);
  link.action(async (email: string, options: Plain) => {
    const { linkUser } = await import("./users.js");
    finish(await onServer(options, (client) => linkUser(client, email, options)));
  });

  for (const [verb, what] of [
    ["disable", "sign a user out, and let them in no more"],
    ["enable", "let a user in again"],
  ] as const) {
    const one = withServer(group.command(`${verb} <email>`).description(what));
    withHelp(one.option("--json", "the user as JSON", false), [`waybell users ${verb} ann@example.com`]);
    one.action(async (email: string, options: Plain) => {
      const { switchUser } = await import("./users.js");
      finish(await onServer(options, (client) => switchUser(client, email, verb === "disable", options)));
    });
  }
}
