import { CustomerInput } from "../schemas/customer.js";
import { mapSecrets, SECRET_MASK } from "../schemas/secret.js";
import { transportOf } from "../transports/index.js";
import type { Client } from "./client.js";
import { endpointId, type Item, print, printTable, text } from "./context.js";
import { canonicalJson } from "./event-id.js";
import { ApiError, CliError, EXIT, type ExitCode } from "./fail.js";
import { readJsonFile } from "./probe.js";
import { count } from "./progress.js";
import { clean } from "./table.js";

interface ApplyDocument {
  readonly customer: string;
  readonly customerSettings: Item | null;
  readonly endpoints: readonly Item[];
}

/** What applying one endpoint means. */
interface Step {
  readonly customer: string;
  readonly name: string;
  readonly action: "create" | "change" | "same";
  readonly id: string | null;
  readonly body: Item;
  readonly lines: readonly string[];
}

function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readDocuments(value: unknown, file: string): ApplyDocument[] {
  const problems: string[] = [];
  const documents = (Array.isArray(value) ? value : [value]).map((item, at): ApplyDocument => {
    const document = isItem(item) ? item : {};
    const where = Array.isArray(value) ? `/${at}` : "";
    const { customer, customerSettings, endpoints, ...others } = document;
    if (typeof customer !== "string" || customer === "") problems.push(`${where}/customer: is missing`);
    if (customerSettings !== undefined && !isItem(customerSettings)) {
      problems.push(`${where}/customerSettings: must be an object`);
    }
    if (!Array.isArray(endpoints) || !endpoints.every(isItem)) problems.push(`${where}/endpoints: must be a list`);
    for (const name of Object.keys(others)) problems.push(`${where}/${clean(name)}: is not a known field`);
    const list = Array.isArray(endpoints) ? endpoints.filter(isItem) : [];
    const names = list.map((endpoint) => text(endpoint, "name"));
    names.forEach((name, index) => {
      if (name === "") problems.push(`${where}/endpoints/${index}/name: is missing`);
      else if (names.indexOf(name) < index) problems.push(`${where}/endpoints/${index}/name: stands here twice`);
    });
    return {
      customer: String(customer),
      customerSettings: isItem(customerSettings) ? customerSettings : null,
      endpoints: list,
    };
  });
  if (problems.length === 0) return documents;
  throw new CliError(
    EXIT.refused,
    `${file} cannot be applied. It holds one or a list of { customer, customerSettings, endpoints: [...] }.\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
  );
}

function withoutSecrets(url: unknown): string {
  if (typeof url !== "string" || !URL.canParse(url)) return "(not shown)";
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname}${search ? "?…" : ""}`;
}

/** The dotted places of an endpoint's values that may not be shown: what its transport's schema marks as secret. */
function secretPlaces(endpoint: Item): ReadonlySet<string> {
  const transport = isItem(endpoint.transport) ? endpoint.transport : {};
  const schema = transportOf(text(transport, "type"))?.optionsSchema;
  const places = new Set<string>();
  if (schema === undefined) for (const name of Object.keys(transport)) places.add(`transport.${name}`);
  else {
    mapSecrets(schema, transport, (_, place) => {
      // Headers may be there as a whole on one side only: then the group is what would be shown.
      places.add(`transport.${place}`).add(`transport.${place.split(".")[0]}`);
    });
  }
  return places;
}

function shown(place: string, value: unknown, secrets: ReadonlySet<string>): string {
  if (value === undefined) return "(not set)";
  if (value === SECRET_MASK || secrets.has(place)) return "(not shown)";
  return place === "transport.url" ? withoutSecrets(value) : JSON.stringify(value);
}

/** What differs between what is given and what is there, one line a field. What the file leaves out stays as it is. */
function differences(given: Item, there: Item, secrets: ReadonlySet<string>, path = ""): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const place = `${path}${name}`;
    const before = there[name];
    if (isItem(value) && isItem(before)) return differences(value, before, secrets, `${place}.`);
    if (canonicalJson(value) === canonicalJson(before)) return [];
    if (before === SECRET_MASK) return [clean(`${place}: set again (a secret cannot be compared)`)];
    return [clean(`${place}: ${shown(place, before, secrets)} → ${shown(place, value, secrets)}`)];
  });
}

async function existing(client: Client, customer: string): Promise<Item[]> {
  const found: Item[] = [];
  try {
    for await (const item of client.items(`/v1/customers/${encodeURIComponent(customer)}/endpoints`)) found.push(item);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
  return found.filter((endpoint) => endpoint.order === null || endpoint.order === undefined);
}

async function plan(client: Client, document: ApplyDocument): Promise<Step[]> {
  const { customer } = document;
  const there = await existing(client, customer);
  return document.endpoints.map((body): Step => {
    const name = text(body, "name");
    const [same, second] = there.filter((endpoint) => text(endpoint, "name") === name);
    if (second) {
      throw new CliError(
        EXIT.refused,
        `Customer "${customer}" has several endpoints called "${name}": rename all but one.`,
      );
    }
    if (!same) {
      const target = isItem(body.transport) ? body.transport : {};
      const to =
        target.url === undefined
          ? [text(target, "host"), text(target, "directory")].join(" ")
          : withoutSecrets(target.url);
      return {
        customer,
        name,
        action: "create",
        id: null,
        body,
        lines: [clean(`${text(target, "type")} ${to}`.trim())],
      };
    }
    const lines = differences(body, same, secretPlaces(body));
    return { customer, name, action: lines.length > 0 ? "change" : "same", id: text(same, "id"), body, lines };
  });
}

async function applyStep(client: Client, step: Step): Promise<void> {
  const { customer, id, body } = step;
  if (step.action === "same") return;
  if (id === null) await client.request("POST", `/v1/customers/${encodeURIComponent(customer)}/endpoints`, { body });
  else await client.request("PATCH", `/v1/endpoints/${encodeURIComponent(id)}`, { body });
}

const MARKS = { create: "+", change: "~", same: "=" } as const;

function printStep(step: Step): void {
  print(
    `${MARKS[step.action]} ${clean(step.customer)} / ${clean(step.name)}${step.action === "same" ? ": as it is" : ""}`,
  );
  for (const line of step.lines) print(`    ${line}`);
}

/** Makes the customer where it is missing, and applies its settings where the file has some. */
async function applyCustomer(client: Client, document: ApplyDocument, dryRun: boolean): Promise<void> {
  const path = `/v1/customers/${encodeURIComponent(document.customer)}`;
  const there = await client.request("GET", path).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });
  if (there !== null && document.customerSettings === null) return;
  const lines = isItem(there) ? differences(document.customerSettings ?? {}, there, new Set()) : [];
  if (there !== null && lines.length === 0) return;
  print(`${there === null ? "+" : "~"} ${clean(document.customer)}`);
  for (const line of lines) print(`    ${line}`);
  // A PUT sets what it leaves out to its default: what is there and not in the file goes along.
  const kept = Object.entries(isItem(there) ? there : {}).filter(([name]) => name in CustomerInput.properties);
  if (!dryRun)
    await client.request("PUT", path, { body: { ...Object.fromEntries(kept), ...document.customerSettings } });
}

/**
 * `waybell endpoints apply`: creates or changes each endpoint of the file by its name within the customer, and touches
 * no other. Goes on after a refusal, so that one run tells all of them.
 */
export async function applyEndpoints(client: Client, file: string, options: { dryRun: boolean }): Promise<ExitCode> {
  const documents = readDocuments(await readJsonFile(file), file);
  let refused = 0;
  const counts = { create: 0, change: 0, same: 0 };
  const attempt = async (what: string, run: () => Promise<void>): Promise<boolean> => {
    try {
      await run();
      return true;
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode !== EXIT.refused) throw error;
      refused++;
      process.stderr.write(`${clean(what)}: ${error.message}\n`);
      return false;
    }
  };
  for (const document of documents) {
    const { customer } = document;
    let steps: Step[] = [];
    const ready = await attempt(customer, async () => {
      await applyCustomer(client, document, options.dryRun);
      steps = await plan(client, document);
    });
    for (const step of ready ? steps : []) {
      printStep(step);
      if (options.dryRun || (await attempt(`${customer} / ${step.name}`, () => applyStep(client, step))))
        counts[step.action]++;
    }
  }
  const would = options.dryRun ? "would be " : "";
  const parts = [`${counts.create} ${would}created`, `${counts.change} ${would}changed`, `${counts.same} as they are`];
  print([...parts, ...(refused > 0 ? [`${refused} refused`] : [])].join(", "));
  return refused > 0 ? EXIT.refused : EXIT.fine;
}

/** `waybell endpoints list`: of one customer, or of all. */
export async function listEndpoints(
  client: Client,
  customer: string | undefined,
  options: { json: boolean },
): Promise<ExitCode> {
  const rows: Item[] = [];
  const customers = customer === undefined ? client.items("/v1/customers") : [{ id: customer }];
  for await (const { id } of customers) {
    for await (const item of client.items(`/v1/customers/${encodeURIComponent(String(id))}/endpoints`)) rows.push(item);
  }
  if (options.json) for (const row of rows) print(JSON.stringify(row));
  else {
    printTable(
      [
        { title: "endpoint", keep: true },
        { title: "customer" },
        { title: "name", shrink: true },
        { title: "transport" },
        { title: "template" },
        { title: "state" },
        { title: "why", shrink: true },
      ],
      rows.map((row) => [
        text(row, "id"),
        text(row, "customer"),
        text(row, "order") ? `${text(row, "name")} (order ${text(row, "order")})` : text(row, "name"),
        text(row.transport, "type"),
        text(row.template, "name"),
        text(row, "state"),
        text(row, "stateReason"),
      ]),
    );
  }
  return EXIT.fine;
}

/** `waybell endpoints show`: as JSON, its secrets masked by the server. */
export async function showEndpoint(client: Client, endpoint: string): Promise<ExitCode> {
  const id = await endpointId(client, endpoint);
  print(JSON.stringify(await client.request("GET", `/v1/endpoints/${encodeURIComponent(id)}`), null, 2));
  return EXIT.fine;
}

/** `waybell endpoints pause|resume` */
export async function switchEndpoint(
  client: Client,
  action: "pause" | "resume",
  endpoint: string,
  body: Item,
): Promise<ExitCode> {
  const id = await endpointId(client, endpoint);
  const answer = await client.request("POST", `/v1/endpoints/${encodeURIComponent(id)}/${action}`, {
    body,
    long: true,
  });
  const canceled = Number(text(answer, "canceled"));
  const more = canceled > 0 ? `, and ${count(canceled)} of its deliveries are canceled` : "";
  print(`${endpoint} ${action === "pause" ? "is paused: its deliveries wait" : `is active again${more}`}.`);
  return EXIT.fine;
}
