import { createInterface } from "node:readline/promises";
import { readClientConfig } from "../config.js";
import { type Item, isItem, text } from "../endpoint-files/item.js";
import { parseDuration, parseStatusTime } from "../time.js";
import { type Client, createClient, findServer } from "./client.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";
import { type Column, cleanLines, formatTable, printableJson } from "./table.js";

/** The options of every command that speaks to a server. */
export interface ServerOptions {
  readonly url?: string;
  readonly key?: string;
}

export { type Item, isItem, text };

/** Finds the server, hands a client to the command and closes it again. Throws CliError. */
export async function withClient(
  options: ServerOptions,
  run: (client: Client) => Promise<ExitCode>,
): Promise<ExitCode> {
  const client = createClient(findServer(options, readClientConfig()));
  try {
    return await run(client);
  } finally {
    await client.close();
  }
}

/** Prints lines; what comes from outside and was not cleaned before is cleaned here. */
export function print(lines: string): void {
  process.stdout.write(`${cleanLines(lines).join("\n")}\n`);
}

export function printError(lines: string): void {
  process.stderr.write(`${cleanLines(lines).join("\n")}\n`);
}

export function printJson(value: unknown, indent?: number): void {
  print(printableJson(value, indent));
}

/** Columns of the terminal, or null where there is none and nothing needs to be cut. */
function terminalWidth(): number | null {
  // Some pseudo terminals say 0.
  return process.stdout.isTTY ? process.stdout.columns || null : null;
}

export function printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
  print(rows.length === 0 ? "There are none." : formatTable(columns, rows, terminalWidth()));
}

/** `2026-03-01 14:05:09` on this machine's clock, of epoch milliseconds or ISO 8601. */
export function time(value: unknown): string {
  if (value === undefined || value === null || value === "") return "";
  const at = new Date(value as string | number);
  if (Number.isNaN(at.getTime())) return String(value);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${[two(at.getHours()), two(at.getMinutes()), two(at.getSeconds())].join(":")}`;
}

const thisZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * ISO 8601 of a time that was given: what the API takes (one without an offset is on this machine's clock, as lists
 * show them), a date, or an age such as `2h`. Throws CliError (exit code 2).
 */
export function toTime(option: string, given: string, now: number): string {
  const text = given.replace(" ", "T");
  const at = /^\d{1,6}(s|m|h|d)$/.test(given)
    ? now - parseDuration(given)
    : (parseStatusTime(text, thisZone()) ?? parseStatusTime(`${text}T00:00:00`, thisZone()));
  if (at !== null && at >= 0) return new Date(at).toISOString();
  throw new CliError(
    EXIT.usage,
    `${option} must be a time such as 2026-03-01T08:00:00Z or an age such as 2h, not "${given}".`,
  );
}

/** Up to `limit` items of a list. */
export async function take(items: AsyncIterable<Item>, limit: number): Promise<{ taken: Item[]; more: boolean }> {
  const taken: Item[] = [];
  for await (const item of items) {
    if (taken.length >= limit) return { taken, more: true };
    taken.push(item);
  }
  return { taken, more: false };
}

/** Asks on the terminal; elsewhere, where nobody can answer, throws CliError (exit code 2). */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new CliError(EXIT.usage, `${question} Give --yes to go ahead: there is no terminal to ask on.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|j|ja|o|oui)$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

/** The id of an endpoint that was named by its id or as `customer/name`. Throws CliError when there is none, or several. */
export async function endpointId(client: Client, named: string): Promise<string> {
  const at = named.indexOf("/");
  if (at < 0) return named;
  const [customer, name] = [named.slice(0, at), named.slice(at + 1)];
  const found: string[] = [];
  for await (const endpoint of client.items(`/v1/customers/${encodeURIComponent(customer)}/endpoints`)) {
    if (text(endpoint, "name") === name) found.push(text(endpoint, "id"));
  }
  const [id, second] = found;
  if (id === undefined) {
    throw new CliError(EXIT.refused, `Customer "${customer}" has no endpoint called "${name}".`);
  }
  if (second !== undefined) {
    throw new CliError(
      EXIT.refused,
      `Customer "${customer}" has several endpoints called "${name}": name it by its id.`,
    );
  }
  return id;
}
