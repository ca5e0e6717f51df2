import { type Item, isItem } from "../../../endpoint-files/item.js";
import { writeYaml } from "../../../endpoint-files/yaml.js";
import { CustomerInput } from "../../../schemas/customer.js";
import { EndpointInput } from "../../../schemas/endpoint.js";
import type { PageAnswer, SignedIn } from "../../page.js";
import { endpointsOf } from "./plan.js";

const HEAD =
  "# Endpoints of one customer. A secret that is set reads ********, and stays as it is when it is read back.\n";

/** Changed by what rotates secrets: what a file says of them would be out of date. */
const ROTATED = ["previousSigningSecret", "previousSigningSecretUntil"];

const only = (item: Item, names: Readonly<Record<string, unknown>>): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => name in names));

function endpointOf(endpoint: Item): Item {
  const setting = only(endpoint, EndpointInput.properties);
  const transport = isItem(setting.transport) ? setting.transport : {};
  const kept = Object.entries(transport).filter(([name]) => !ROTATED.includes(name));
  return { ...setting, transport: Object.fromEntries(kept) };
}

/** The customer's endpoints as a file that changes nothing when it is read back; who may change its settings gets those too. */
export async function exportFile(page: SignedIn, customer: string): Promise<PageAnswer> {
  const held = await page.read<Item>("getCustomer", { params: { customer } });
  const endpoints = (await endpointsOf(page, customer)).filter(({ origin }) => origin !== "callback").map(endpointOf);
  const settings = page.may("putCustomer") ? { customerSettings: only(held, CustomerInput.properties) } : {};
  const body = HEAD + writeYaml({ customer, ...settings, endpoints });
  return { file: { status: 200, body, contentType: "application/yaml; charset=utf-8", fileName: `${customer}.yaml` } };
}
