import { CustomerInput } from "../schemas/customer.js";
import { EndpointInput } from "../schemas/endpoint.js";
import { type Item, isItem } from "./item.js";
import { writeYaml } from "./yaml.js";

const HEAD =
  "# Endpoints of one customer. A secret that is set reads ********, and stays as it is when it is read back.\n";

/** Changed by what rotates secrets: what a file says of them would be out of date. */
const ROTATED = ["previousSigningSecret", "previousSigningSecretUntil"];

const only = (item: Item, names: Readonly<Record<string, unknown>>): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => name in names));

function settingOf(endpoint: Item): Item {
  const setting = only(endpoint, EndpointInput.properties);
  const transport = isItem(setting.transport) ? setting.transport : {};
  const kept = Object.entries(transport).filter(([name]) => !ROTATED.includes(name));
  return { ...setting, transport: Object.fromEntries(kept) };
}

/**
 * Endpoints of a customer, as the API shows them, as a document that changes nothing when it is read back; those of callback URLs
 * are left out. `settings`: the customer as the API shows it, to stand in it too.
 */
export function exported(customer: string, settings: Item | null, endpoints: readonly Item[]): Item {
  const own = endpoints.filter(({ origin }) => origin !== "callback").map(settingOf);
  const customerSettings = settings ? { customerSettings: only(settings, CustomerInput.properties) } : {};
  return { customer, ...customerSettings, endpoints: own };
}

/** The same as the text of a YAML file. */
export const exportText = (...of: Parameters<typeof exported>): string => HEAD + writeYaml(exported(...of));
