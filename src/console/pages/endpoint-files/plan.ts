import { createHash } from "node:crypto";
import { type EndpointDocument, readDocuments } from "../../../endpoint-files/document.js";
import type { Item } from "../../../endpoint-files/item.js";
import { type CustomerStep, planCustomer, planEndpoints, type Step } from "../../../endpoint-files/plan.js";
import type { Kinds } from "../../../endpoint-files/secret-places.js";
import { type FileFault, type ReadFile, readYaml } from "../../../endpoint-files/yaml.js";
import { InputError } from "../../../errors.js";
import { CustomerInput } from "../../../schemas/customer.js";
import { fault } from "../../../schemas/rules/rules.js";
import { compileSchema } from "../../../schemas/validate.js";
import type { SignedIn } from "../../page.js";
import { readKinds } from "../endpoints/setting.js";

/** Of one file: each is tried out before anything is changed. */
const MOST_ENDPOINTS = 200;

export interface PlannedStep extends Step {
  readonly faults: readonly FileFault[];
}

/** What applying a file to a customer means. */
export interface Plan {
  readonly customer: CustomerStep;
  readonly steps: readonly PlannedStep[];
  /** Of the file and of the customer's settings; those of an endpoint stand with it. */
  readonly faults: readonly FileFault[];
  /** Another one: what is there has changed. */
  readonly digest: string;
}

const checkCustomer = compileSchema(CustomerInput);
const NO_CHANGE: CustomerStep = { put: null, differences: [] };
const NOTHING = { customer: NO_CHANGE, steps: [], digest: "" };

/** The endpoints of a customer that stand for all of its orders. */
export async function endpointsOf(page: SignedIn, customer: string): Promise<Item[]> {
  const found: Item[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { limit: "500", ...(cursor === null ? {} : { cursor }) };
    const asked = { params: { customer }, query };
    const { items, next } = await page.read<{ items: Item[]; next: string | null }>("listEndpoints", asked);
    found.push(...items.filter(({ order }) => order === null || order === undefined));
    cursor = next;
  } while (cursor !== null);
  return found;
}

async function kindsOf(page: SignedIn): Promise<Kinds> {
  const { transports, templates } = await readKinds(page);
  return {
    transport: (type) => transports.find(({ name }) => name === type)?.options,
    template: (type) => templates.find(({ name }) => name === type)?.options,
  };
}

/** What the file says of this customer, and where it stands in it. */
function documentOf(file: ReadFile, customer: string) {
  const { documents, faults } = readDocuments(file.value);
  const root = Array.isArray(file.value) ? "/0" : "";
  const [document, second] = documents;
  if (faults.length === 0 && second) faults.push(fault("/1", "file_second_customer"));
  if (faults.length === 0 && document && document.customer !== customer) {
    faults.push(fault(`${root}/customer`, "file_other_customer", { customer }));
  }
  if (document && document.endpoints.length > MOST_ENDPOINTS) {
    faults.push(fault(`${root}/endpoints`, "file_most_endpoints", { limit: MOST_ENDPOINTS }));
  }
  return { document, root, faults };
}

/** What the API would refuse of one endpoint, by its places in the file. */
async function judge(page: SignedIn, customer: string, step: Step): Promise<InputError["fields"]> {
  if (step.action === "same") return [];
  const operation = step.there ? "patchEndpoint" : "createEndpoint";
  if (!page.may(operation)) return [fault("", step.there ? "may_not_change" : "may_not_make")];
  const basedOn = step.there ? { basedOn: String(step.there.id) } : {};
  try {
    await page.call("testUnsavedEndpoint", {
      body: { customer, action: "preview", endpoint: step.body, ...basedOn },
    });
  } catch (error) {
    if (!(error instanceof InputError) || error.status !== 422 || error.fields.length === 0) throw error;
    // A setting that cannot render the sample may well render the customer's events: it would be taken.
    return error.fields
      .filter(({ path }) => path === "/endpoint" || path.startsWith("/endpoint/"))
      .map((field) => ({ ...field, path: field.path.slice("/endpoint".length) }));
  }
  return [];
}

function judgeCustomer(page: SignedIn, { put }: CustomerStep): InputError["fields"] {
  if (put === null) return [];
  if (!page.may("putCustomer")) return [fault("", "may_not_change")];
  return checkCustomer(put);
}

const digestOf = ({ updatedAt }: Item, steps: readonly Step[]): string => {
  const versions = steps.map(({ action, there }) => [action, there?.id, there?.version]);
  return createHash("sha256")
    .update(JSON.stringify([updatedAt, versions]))
    .digest("base64url");
};

async function planDocument(page: SignedIn, document: EndpointDocument, place: Placing): Promise<Plan> {
  const { customer: id } = document;
  const there = await page.read<Item>("getCustomer", { params: { customer: id } });
  const kinds = await kindsOf(page);
  const customer = planCustomer(document.customerSettings, there, kinds);
  const faults = judgeCustomer(page, customer).map(place("/customerSettings"));
  const planned = planEndpoints(document, await endpointsOf(page, id), kinds);
  const steps: PlannedStep[] = [];
  for (const [index, step] of planned.entries()) {
    const found = await judge(page, id, step);
    steps.push({ ...step, faults: found.map(place(`/endpoints/${index}`)) });
  }
  return { customer, steps, faults, digest: digestOf(there, planned) };
}

type Placing = (at: string) => (field: InputError["fields"][number]) => FileFault;

/** What a file would change of a customer, judged as the API will judge it; changes nothing. */
export async function planFile(page: SignedIn, customer: string, text: string): Promise<Plan> {
  const read = readYaml(text);
  if ("faults" in read) return { ...NOTHING, faults: read.faults };
  const { document, root, faults } = documentOf(read.file, customer);
  const placing: Placing = (at) => (field) => ({
    ...field,
    path: `${at}${field.path}`,
    line: read.file.lineOf(`${root}${at}${field.path}`),
  });
  const placed = faults.map((field) => ({ ...field, line: read.file.lineOf(field.path) }));
  if (!document || placed.length > 0) return { ...NOTHING, faults: placed };
  return planDocument(page, document, placing);
}

/** Whether all of it would be taken. */
export const isSound = ({ faults, steps }: Plan): boolean =>
  faults.length === 0 && steps.every((step) => step.faults.length === 0);

/** How much would change. */
export const changesOf = ({ customer, steps }: Plan): number =>
  steps.filter(({ action }) => action !== "same").length + (customer.put === null ? 0 : 1);
