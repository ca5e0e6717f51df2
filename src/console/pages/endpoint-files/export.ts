import { exportText } from "../../../endpoint-files/export.js";
import type { Item } from "../../../endpoint-files/item.js";
import type { PageAnswer, SignedIn } from "../../page.js";
import { endpointsOf } from "./plan.js";

/** The customer's endpoints as a file; who may change its settings gets those too. */
export async function exportFile(page: SignedIn, customer: string): Promise<PageAnswer> {
  const held = await page.read<Item>("getCustomer", { params: { customer } });
  const body = exportText(customer, page.may("putCustomer") ? held : null, await endpointsOf(page, customer));
  return { file: { status: 200, body, contentType: "application/yaml; charset=utf-8", fileName: `${customer}.yaml` } };
}
