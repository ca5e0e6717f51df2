import { readFile } from "node:fs/promises";
import { exported, exportText } from "../endpoint-files/export.js";
import { readYaml } from "../endpoint-files/yaml.js";
import type { Client } from "./client.js";
import { type Item, isItem, print } from "./context.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";
import { readJsonFile } from "./probe.js";
import { clean, printableJson } from "./table.js";

/** Reads a file of endpoints: YAML where its name ends so, else JSON. Throws CliError, with the line of each fault. */
export async function readEndpointFile(file: string): Promise<unknown> {
  if (!/\.ya?ml$/i.test(file)) return readJsonFile(file);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CliError(EXIT.usage, `${file} cannot be read (${error.code}).`, error);
  });
  const read = readYaml(text);
  if ("file" in read) return read.file.value;
  const faults = read.faults.map(({ line, message }) => `  ${line === null ? "" : `line ${line}: `}${clean(message)}`);
  throw new CliError(EXIT.refused, `${file} cannot be read as YAML.\n${faults.join("\n")}`);
}

/** Writes a customer and its endpoints as the YAML or JSON that `endpoints apply` reads, to standard output. */
export async function exportEndpoints(
  client: Client,
  customer: string,
  { json }: { json: boolean },
): Promise<ExitCode> {
  const path = `/v1/customers/${encodeURIComponent(customer)}`;
  const settings = await client.request("GET", path);
  const endpoints: Item[] = [];
  for await (const item of client.items(`${path}/endpoints`)) endpoints.push(item);
  const ofAllOrders = endpoints.filter(({ order }) => order === null || order === undefined);
  const document = [customer, isItem(settings) ? settings : null, ofAllOrders] as const;
  if (json) print(printableJson(exported(...document)));
  // YAML escapes what a terminal would obey, and a file must hold what was meant: it is written as it is.
  else process.stdout.write(exportText(...document));
  return EXIT.fine;
}
