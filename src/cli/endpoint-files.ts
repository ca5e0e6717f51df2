import { readFile } from "node:fs/promises";
import { exportText } from "../endpoint-files/export.js";
import { readYaml } from "../endpoint-files/yaml.js";
import type { Client } from "./client.js";
import { type Item, isItem } from "./context.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";
import { readJsonFile } from "./probe.js";
import { clean } from "./table.js";

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

/** Writes a customer and its endpoints as the YAML that `endpoints apply` reads, to standard output. */
export async function exportEndpoints(client: Client, customer: string): Promise<ExitCode> {
  const path = `/v1/customers/${encodeURIComponent(customer)}`;
  const settings = await client.request("GET", path);
  const endpoints: Item[] = [];
  for await (const item of client.items(`${path}/endpoints`)) endpoints.push(item);
  const ofAllOrders = endpoints.filter(({ order }) => order === null || order === undefined);
  // YAML escapes what a terminal would obey, and a file must hold what was meant: it is written as it is.
  process.stdout.write(exportText(customer, isItem(settings) ? settings : null, ofAllOrders));
  return EXIT.fine;
}
