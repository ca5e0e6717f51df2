import type { Client } from "./client.js";
import { type Item, print, printTable, take, text, time } from "./context.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";

interface AddOptions {
  readonly role: string;
  readonly name?: string;
  readonly customer?: string;
  readonly language?: string;
  readonly json: boolean;
}

const pathOf = (user: Item, rest = "") => `/v1/users/${encodeURIComponent(text(user, "id"))}${rest}`;

/** The user of an address, or of an id. Throws CliError where there is none. */
async function userOf(client: Client, who: string): Promise<Item> {
  const wanted = who.toLowerCase();
  for await (const user of client.items("/v1/users")) {
    if (text(user, "id") === who || text(user, "email").toLowerCase() === wanted) return user;
  }
  throw new CliError(EXIT.refused, `There is no user ${who}: waybell users list shows all, users add makes one.`);
}

/** The link alone on standard output, for whoever is to get it; what is to be known of it beside. */
function showLink(email: string, made: Item, json: boolean): ExitCode {
  if (json) print(JSON.stringify(made));
  else {
    const mailed = made.mailed === true ? " It was mailed as well." : "";
    const until = time(made.linkExpiresAt);
    process.stderr.write(`${email} chooses a password by this link, once, until ${until}.${mailed}\n`);
    print(text(made, "link"));
  }
  return EXIT.fine;
}

/** `waybell users add` */
export async function addUser(client: Client, email: string, options: AddOptions): Promise<ExitCode> {
  const { json, ...given } = options;
  const { role, name, customer, language } = given;
  const maybe = { ...(name && { name }), ...(customer && { customer }), ...(language && { language }) };
  const made = (await client.request("POST", "/v1/users", { body: { email, role, ...maybe } })) as Item;
  return showLink(text(made, "email"), made, json);
}

/** `waybell users link` */
export async function linkUser(client: Client, who: string, options: { json: boolean }): Promise<ExitCode> {
  const user = await userOf(client, who);
  const made = (await client.request("POST", pathOf(user, "/link"), { body: {} })) as Item;
  return showLink(text(user, "email"), made, options.json);
}

/** `waybell users disable` and `enable` */
export async function switchUser(
  client: Client,
  who: string,
  disabled: boolean,
  options: { json: boolean },
): Promise<ExitCode> {
  const user = await userOf(client, who);
  const changed = (await client.request("PATCH", pathOf(user), { body: { disabled } })) as Item;
  const what = disabled ? "is disabled: signed out, and let in no more" : "is let in again";
  print(options.json ? JSON.stringify(changed) : `${text(changed, "email")} ${what}.`);
  return EXIT.fine;
}

function stateOf(user: Item): string {
  if (user.disabledAt) return "disabled";
  return user.hasPassword || user.hasSingleSignOn ? "active" : "invited";
}

/** `waybell users list` */
export async function listUsers(client: Client, options: { limit: number; json: boolean }): Promise<ExitCode> {
  const { taken, more } = await take(client.items("/v1/users"), options.limit);
  if (options.json) for (const user of taken) print(JSON.stringify(user));
  else {
    printTable(
      [
        { title: "user", keep: true },
        { title: "address", shrink: true },
        { title: "name", shrink: true },
        { title: "role" },
        { title: "customer", shrink: true },
        { title: "state" },
        { title: "last signed in" },
      ],
      taken.map((user) => [
        ...["id", "email", "name", "role", "customer"].map((name) => text(user, name)),
        stateOf(user),
        time(user.lastSignedInAt),
      ]),
    );
    if (more) print("There are more: give --limit.");
  }
  return EXIT.fine;
}
