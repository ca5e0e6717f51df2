import type { Client } from "./client.js";
import { type Item, print, printTable, take, text, time, toTime } from "./context.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";

interface CreateOptions {
  readonly role: string;
  readonly customer?: string;
  readonly expires?: string;
  readonly json: boolean;
}

/** An expiry as it was given: a time, or how long from now. */
function expiry(given: string, now: number): string {
  const [, count, unit = ""] = /^(\d{1,5})(h|d)$/.exec(given) ?? [];
  if (count !== undefined) return new Date(now + Number(count) * (unit === "h" ? 3_600_000 : 86_400_000)).toISOString();
  try {
    return toTime("--expires", given, now);
  } catch (error) {
    const message = `--expires must be a time such as 2027-03-01T08:00:00Z or a duration such as 90d, not "${given}".`;
    throw error instanceof CliError ? new CliError(EXIT.usage, message) : error;
  }
}

/** `waybell keys create`: the key alone on standard output, for a file or a variable; what is to be known of it beside. */
export async function createKey(client: Client, name: string, options: CreateOptions): Promise<ExitCode> {
  const { role, customer, expires } = options;
  const expiresAt = expires === undefined ? {} : { expiresAt: expiry(expires, Date.now()) };
  const body = { name, role, ...(customer === undefined ? {} : { customer }), ...expiresAt };
  const made = (await client.request("POST", "/v1/keys", { body })) as Item;
  if (options.json) print(JSON.stringify(made));
  else {
    process.stderr.write(`The key ${text(made, "id")} is shown this once: keep it where only its holder reads it.\n`);
    print(text(made, "key"));
  }
  return EXIT.fine;
}

function stateOf(key: Item): string {
  if (key.revokedAt) return "revoked";
  return key.expiresAt && Date.parse(String(key.expiresAt)) <= Date.now() ? "expired" : "valid";
}

/** `waybell keys list` */
export async function listKeys(client: Client, options: { limit: number; json: boolean }): Promise<ExitCode> {
  const { taken, more } = await take(client.items("/v1/keys"), options.limit);
  if (options.json) for (const key of taken) print(JSON.stringify(key));
  else {
    printTable(
      [
        { title: "key", keep: true },
        { title: "name", shrink: true },
        { title: "role" },
        { title: "customer", shrink: true },
        { title: "state" },
        { title: "expires" },
        { title: "last used" },
        { title: "since" },
      ],
      taken.map((key) => [
        text(key, "id"),
        text(key, "name"),
        text(key, "role"),
        text(key, "customer"),
        stateOf(key),
        time(key.expiresAt),
        time(key.lastUsedAt),
        time(key.createdAt),
      ]),
    );
    if (more) print("There are more: give --limit.");
  }
  return EXIT.fine;
}

/** `waybell keys revoke` */
export async function revokeKey(client: Client, id: string, options: { json: boolean }): Promise<ExitCode> {
  await client.request("DELETE", `/v1/keys/${encodeURIComponent(id)}`);
  print(options.json ? JSON.stringify({ id, revoked: true }) : `${id} is revoked: nobody is let in with it any more.`);
  return EXIT.fine;
}

interface AuditOptions {
  readonly customer?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly json: boolean;
}

/** `waybell audit list`: the values before and after are in its JSON only. */
export async function listAudit(client: Client, options: AuditOptions): Promise<ExitCode> {
  const { customer, subject, from, to } = options;
  const now = Date.now();
  const filter = {
    ...(customer === undefined ? {} : { customer }),
    ...(subject === undefined ? {} : { subject }),
    ...(from === undefined ? {} : { from: toTime("--from", from, now) }),
    ...(to === undefined ? {} : { to: toTime("--to", to, now) }),
  };
  const { taken, more } = await take(client.items("/v1/audit", filter), options.limit);
  if (options.json) for (const entry of taken) print(JSON.stringify(entry));
  else {
    printTable(
      [
        { title: "when" },
        { title: "who", shrink: true },
        { title: "role" },
        { title: "from" },
        { title: "what" },
        { title: "customer", shrink: true },
        { title: "subject", keep: true },
      ],
      taken.map((entry) => [
        time(entry.at),
        text(entry.key, "name"),
        text(entry.key, "role"),
        text(entry, "address"),
        text(entry, "operation"),
        text(entry, "customer"),
        text(entry, "subject"),
      ]),
    );
    if (more) print("There are more: give --limit.");
  }
  return EXIT.fine;
}
