import { readClientConfig } from "../config.js";
import { type Client, findServer } from "./client.js";
import { print, printJson, printTable, type ServerOptions, take, text, time } from "./context.js";
import { EXIT, type ExitCode } from "./fail.js";

interface ListOptions {
  readonly limit: number;
  readonly json: boolean;
}

/** `waybell customers list` */
export async function listCustomers(client: Client, options: ListOptions): Promise<ExitCode> {
  const { taken, more } = await take(client.items("/v1/customers"), options.limit);
  if (options.json) for (const customer of taken) printJson(customer);
  else {
    printTable(
      [
        { title: "customer", keep: true },
        { title: "name", shrink: true },
        { title: "language" },
        { title: "alerts to", shrink: true },
        { title: "since" },
      ],
      taken.map((customer) => [
        text(customer, "id"),
        text(customer, "name"),
        text(customer, "language"),
        Array.isArray(customer.emails) ? customer.emails.join(", ") : "",
        time(customer.createdAt),
      ]),
    );
    if (more) print("There are more: give --limit.");
  }
  return EXIT.fine;
}

/** `waybell statuses list`: the catalogue, or the rows in which a word occurs. */
export async function listStatuses(client: Client, options: ListOptions & { search?: string }): Promise<ExitCode> {
  const word = options.search?.toLowerCase();
  async function* matching() {
    for await (const row of client.items("/v1/statuses")) {
      if (word === undefined || JSON.stringify(row).toLowerCase().includes(word)) yield row;
    }
  }
  const { taken, more } = await take(matching(), options.limit);
  if (options.json) for (const row of taken) printJson(row);
  else {
    const titles = ["nl", "fr", "en"].map((title) => ({ title, shrink: true }));
    printTable(
      [{ title: "code", keep: true }, { title: "status" }, ...titles],
      taken.map((row) => [
        text(row, "code"),
        text(row, "status"),
        ...["nl", "fr", "en"].map((language) => text(row.descriptions, language)),
      ]),
    );
    if (more) print("There are more: give --limit.");
  }
  return EXIT.fine;
}

/** `waybell keys show`: the key that the commands use, for other programs on this machine. */
export function showKey(options: ServerOptions & { json: boolean }): ExitCode {
  const { url, key } = findServer(options, readClientConfig());
  if (options.json) printJson({ url, key });
  else print(key);
  return EXIT.fine;
}
