import type { Difference, Shown } from "../endpoint-files/differences.js";
import { type EndpointDocument, readDocuments } from "../endpoint-files/document.js";
import { type Step as EndpointStep, planCustomer, planEndpoints, targetOf } from "../endpoint-files/plan.js";
import type { Kinds } from "../endpoint-files/secret-places.js";
import type { FieldError } from "../errors.js";
import { templateOf } from "../templates/index.js";
import { transportOf } from "../transports/index.js";
import { judgeCustomer, judgeEndpoint } from "./apply-judge.js";
import type { Client } from "./client.js";
import { type Item, isItem, print, printError, text } from "./context.js";
import { readEndpointFile } from "./endpoint-files.js";
import { ApiError, CliError, EXIT, type ExitCode } from "./fail.js";
import { clean, printableJson } from "./table.js";

/** What applying one endpoint means, and says. */
interface Step extends EndpointStep {
  readonly customer: string;
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

const KINDS: Kinds = {
  transport: (type) => transportOf(type)?.optionsSchema,
  template: (name) => templateOf(name)?.optionsSchema,
};

const shownText = (shown: Shown): string => (typeof shown === "string" ? `(${shown})` : shown.text);

/** A difference as one line. */
function lineOf(difference: Difference): string {
  const { place } = difference;
  if (difference.again) return clean(`${place}: set again (a secret cannot be compared)`);
  return clean(`${place}: ${shownText(difference.before)} → ${shownText(difference.after)}`);
}

/** Throws CliError, with everything that is wrong with its form. */
function requireDocuments(value: unknown, file: string): EndpointDocument[] {
  const { documents, faults } = readDocuments(value);
  if (faults.length === 0) return documents;
  const plain = (path: string) => clean(path).replaceAll("~1", "/").replaceAll("~0", "~");
  const lines = faults.map(({ path, message }: FieldError) => `  ${plain(path)}: ${message}`).join("\n");
  throw new CliError(
    EXIT.refused,
    `${file} cannot be applied. It holds one or a list of { customer, customerSettings, endpoints: [...] }.\n${lines}`,
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

async function planSteps(client: Client, document: EndpointDocument): Promise<Step[]> {
  const { customer } = document;
  const there = await existing(client, customer);
  const names = there.map((endpoint) => text(endpoint, "name"));
  const twice = document.endpoints
    .map(({ name }) => name)
    .find((name) => names.filter((one) => one === name).length > 1);
  if (twice !== undefined) {
    throw new CliError(
      EXIT.refused,
      `Customer "${customer}" has several endpoints called "${twice}": rename all but one.`,
    );
  }
  return planEndpoints(document, there, KINDS).map((step) => {
    const lines = step.action === "create" ? [clean(targetOf(step.body))] : step.differences.map(lineOf);
    return { ...step, customer, lines };
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

async function planDocument(client: Client, document: EndpointDocument): Promise<Plan> {
  const { customer, customerSettings } = document;
  const there = await client.request("GET", customerPath(customer)).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });
  const before = isItem(there) ? there : null;
  const { put, differences } = planCustomer(customerSettings, before, KINDS);
  if (put) judgeCustomer(customer, put);
  const steps = await planSteps(client, document);
  return { customer, put, lines: differences.map(lineOf), exists: before !== null, steps };
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
async function planAll(client: Client, documents: readonly EndpointDocument[], refusals: Refusals): Promise<Plan[]> {
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
  const documents = requireDocuments(await readEndpointFile(file), file);
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
