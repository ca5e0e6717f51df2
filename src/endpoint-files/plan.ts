import { CustomerInput } from "../schemas/customer.js";
import { type Difference, differences, withoutSecrets } from "./differences.js";
import type { EndpointDocument } from "./document.js";
import { type Item, isItem, text } from "./item.js";
import { hiddenIn, type Kinds } from "./secret-places.js";

/** What applying one endpoint means. */
export interface Step {
  readonly name: string;
  readonly action: "create" | "change" | "same";
  /** The endpoint that it changes. */
  readonly there: Item | null;
  readonly body: Item;
  readonly differences: readonly Difference[];
}

/** What applying what a file says of the customer itself means. */
export interface CustomerStep {
  /** What is to be put; null where the customer is there and stays as it is. */
  readonly put: Item | null;
  readonly differences: readonly Difference[];
}

/** What is to be put as the customer. `there`: null: it is not there yet. */
export function planCustomer(settings: Item | null, there: Item | null, kinds: Kinds): CustomerStep {
  const isHidden = hiddenIn({ ...there, ...settings }, kinds);
  const found = there ? differences(settings ?? {}, there, isHidden) : [];
  // A PUT sets what it leaves out to its default: what is there and not in the file goes along.
  const kept = Object.entries(there ?? {}).filter(([name]) => name in CustomerInput.properties);
  const put = there === null || found.length > 0 ? { ...Object.fromEntries(kept), ...settings } : null;
  return { put, differences: found };
}

/** The kinds that serve once the setting is applied: what it leaves out stays. */
function kindsOf(body: Item, there: Item): Item {
  const of = (part: "transport" | "template") => ({
    ...(isItem(there[part]) ? there[part] : {}),
    ...(isItem(body[part]) ? body[part] : {}),
  });
  return { transport: of("transport"), template: of("template") };
}

/** What each endpoint of a document means to those that are there, found by their names. */
export function planEndpoints({ endpoints }: EndpointDocument, there: readonly Item[], kinds: Kinds): Step[] {
  const byName = new Map(there.map((endpoint) => [text(endpoint, "name"), endpoint]));
  return endpoints.map((body): Step => {
    const name = text(body, "name");
    const same = byName.get(name);
    if (!same) return { name, action: "create", there: null, body, differences: [] };
    const found = differences(body, same, hiddenIn(kindsOf(body, same), kinds));
    return { name, action: found.length > 0 ? "change" : "same", there: same, body, differences: found };
  });
}

/** Where a new endpoint sends to, in one line without secrets. */
export function targetOf({ transport }: Item): string {
  const target = isItem(transport) ? transport : {};
  const to =
    target.url === undefined ? [text(target, "host"), text(target, "directory")].join(" ") : withoutSecrets(target.url);
  return `${text(target, "type")} ${to}`.trim();
}
