import { CustomerInput } from "../schemas/customer.js";
import { differences, secretPlaces, withoutSecrets } from "./apply-differences.js";
import { judgeCustomer, judgeEndpoint } from "./apply-judge.js";
import type { Client } from "./client.js";
import { type Item, isItem, print, printError, text } from "./context.js";
import { ApiError, CliError, EXIT, type ExitCode } from "./fail.js";
import { readJsonFile } from "./probe.js";
import { clean, printableJson } from "./table.js";

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
  readonly there: Item | null;
  readonly body: Item;
  readonly lines: readonly string[];
}

/** What applying a document means. */
interface Plan {
  readonly customer: string;
  /** What is to be put as the customer; null where it is there and stays as it is. */
  readonly put: Item | null;
  readonly lines: readonly string[];
  readonly exists: boolean;
  readonly steps: readonly Step[];
}

function readDocuments(value: unknown, file: string): ApplyDocument[] {
  const problems: string[] = [];
  const seen = new Set<unknown>();
  const documents = (Array.isArray(value) ? value : [value]).map((item, at): ApplyDocument => {
    const document = isItem(item) ? item : {};
    const where = Array.isArray(value) ? `/${at}` : "";
    const { customer, customerSettings, endpoints, ...others } = document;
    if (typeof customer !== "string" || customer === "") problems.push(`${where}/customer: is missing`);
    else if (seen.has(customer)) problems.push(`${where}/customer: stands here twice`);
    seen.add(customer);
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

const customerPath = (customer: string) => `/v1/customers/${encodeURIComponent(customer)}`;

async function existing(client: Client, customer: string): Promise<Item[]> {
  const found: Item[] = [];
  try {
    for await (const item of client.items(`/v1/customers/${encodeURIComponent(customer)}/endpoints`)) found.push(item);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
  return found.filter((endpoint) => endpoint.order === null || endpoint.order === undefined);
}

async function planEndpoints(client: Client, document: ApplyDocument): Promise<Step[]> {
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
        there: null,
        body,
        lines: [clean(`${text(target, "type")} ${to}`.trim())],
      };
    }
    const lines = differences(body, same, secretPlaces(body));
    return { customer, name, action: lines.length > 0 ? "change" : "same", there: same, body, lines };
  });
}

async function applyStep(client: Client, step: Step): Promise<void> {
  const { customer, there, body } = step;
  if (step.action === "same") return;
  if (there) await client.request("PATCH", `/v1/endpoints/${encodeURIComponent(text(there, "id"))}`, { body });
  else await client.request("POST", `/v1/customers/${encodeURIComponent(customer)}/endpoints`, { body });
}

const MARKS = { create: "+", change: "~", same: "=" } as const;

function printStep(step: Step): void {
  print(
    `${MARKS[step.action]} ${clean(step.customer)} / ${clean(step.name)}${step.action === "same" ? ": as it is" : ""}`,
  );
  for (const line of step.lines) print(`    ${line}`);
}

async function planDocument(client: Client, document: ApplyDocument): Promise<Plan> {
  const { customer, customerSettings } = document;
  const there = await client.request("GET", customerPath(customer)).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });
  const lines = isItem(there) ? differences(customerSettings ?? {}, there, new Set()) : [];
  // A PUT sets what it leaves out to its default: what is there and not in the file goes along.
  const kept = Object.entries(isItem(there) ? there : {}).filter(([name]) => name in CustomerInput.properties);
  const put = there === null || lines.length > 0 ? { ...Object.fromEntries(kept), ...customerSettings } : null;
  if (put) judgeCustomer(customer, put);
  return { customer, put, lines, exists: there !== null, steps: await planEndpoints(client, document) };
}

function printCustomer({ customer, put, lines, exists }: Plan): void {
  if (put === null) return;
  print(`${exists ? "~" : "+"} ${clean(customer)}`);
  for (const line of lines) print(`    ${line}`);
}

/** Tells each refusal, and how many there were. */
function createRefusals() {
  const refused: { what: string; message: string }[] = [];
  return {
    refused,
    /** False: it was refused. */
    async attempt(what: string, run: () => Promise<unknown>): Promise<boolean> {
      try {
        await run();
        return true;
      } catch (error) {
        if (!(error instanceof CliError) || error.exitCode !== EXIT.refused) throw error;
        refused.push({ what, message: error.message });
        printError(`${clean(what)}: ${error.message}`);
        return false;
      }
    },
  };
}

type Refusals = ReturnType<typeof createRefusals>;
type Counts = Record<Step["action"], number>;

/** A customer in whose name settings can be tried before their own is there. */
async function anyCustomer(client: Client): Promise<string | null> {
  for await (const customer of client.items("/v1/customers", { limit: "1" })) return text(customer, "id");
  return null;
}

/** Plans everything; changes nothing. */
async function planAll(client: Client, documents: readonly ApplyDocument[], refusals: Refusals): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const document of documents) {
    await refusals.attempt(document.customer, async () => {
      plans.push(await planDocument(client, document));
    });
  }
  return plans;
}

/** Shows and judges everything; changes nothing. */
async function judgeAll(client: Client, plans: readonly Plan[], refusals: Refusals, json: boolean): Promise<Counts> {
  const counts = { create: 0, change: 0, same: 0 };
  const other = plans.every(({ exists }) => exists) ? null : await anyCustomer(client);
  for (const plan of plans) {
    if (!json) printCustomer(plan);
    const owner = plan.exists ? plan.customer : other;
    for (const step of plan.steps) {
      if (!json) printStep(step);
      const judge = async () => step.action === "same" || judgeEndpoint(client, owner, step.body, step.there);
      if (await refusals.attempt(`${plan.customer} / ${step.name}`, judge)) counts[step.action]++;
    }
  }
  return counts;
}

async function applyPlans(client: Client, plans: readonly Plan[], refusals: Refusals): Promise<Counts> {
  const counts = { create: 0, change: 0, same: 0 };
  for (const { customer, put, steps } of plans) {
    const ready = await refusals.attempt(customer, async () => {
      if (put) await client.request("PUT", customerPath(customer), { body: put });
    });
    for (const step of ready ? steps : []) {
      if (await refusals.attempt(`${customer} / ${step.name}`, () => applyStep(client, step))) counts[step.action]++;
    }
  }
  return counts;
}

function toJson(plans: readonly Plan[], counts: Counts, { refused }: Refusals, changed: boolean): string {
  const customers = plans.map(({ customer, put, lines, exists }) => {
    const action = put === null ? "same" : exists ? "change" : "create";
    return { customer, action, changes: lines };
  });
  const endpoints = plans.flatMap(({ steps }) =>
    steps.map(({ customer, name, action, lines }) => ({ customer, name, action, changes: lines })),
  );
  return printableJson({ changed, ...counts, refused, customers, endpoints }, 2);
}

function printTotals(counts: Counts, refused: number, would: boolean): void {
  const be = would ? "would be " : "";
  const parts = [`${counts.create} ${be}created`, `${counts.change} ${be}changed`, `${counts.same} as they are`];
  print([...parts, ...(refused > 0 ? [`${refused} ${be}refused`] : [])].join(", "));
}

/**
 * `waybell endpoints apply`: creates or changes each endpoint of the file by its name within the customer, and touches
 * no other. All is judged before the first is changed. Goes on after a refusal, so that one run tells all of them.
 */
export async function applyEndpoints(
  client: Client,
  file: string,
  options: { dryRun: boolean; json: boolean },
): Promise<ExitCode> {
  const documents = readDocuments(await readJsonFile(file), file);
  const refusals = createRefusals();
  const plans = await planAll(client, documents, refusals);
  const judged = await judgeAll(client, plans, refusals, options.json);
  const go = !options.dryRun && refusals.refused.length === 0;
  const counts = go ? await applyPlans(client, plans, refusals) : judged;
  if (options.json) print(toJson(plans, counts, refusals, go));
  else {
    printTotals(counts, refusals.refused.length, !go);
    if (!options.dryRun && !go) print("Nothing was changed.");
  }
  return refusals.refused.length > 0 ? EXIT.refused : EXIT.fine;
}
