import type { FieldError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import { type Item, isItem, text } from "./item.js";

/** What a file says of one customer: the endpoints are found by their names, and what it leaves out stays as it is. */
export interface EndpointDocument {
  readonly customer: string;
  readonly customerSettings: Item | null;
  readonly endpoints: readonly Item[];
}

const escaped = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");

function endpointFaults(endpoints: readonly Item[], where: string): FieldError[] {
  const seen = new Set<string>();
  return endpoints.flatMap((endpoint, index) => {
    const [name, path] = [text(endpoint, "name"), `${where}/endpoints/${index}/name`];
    if (name === "") return [fault(path, "required")];
    if (seen.has(name)) return [fault(path, "file_twice")];
    seen.add(name);
    return [];
  });
}

/** Reads one document or a list of them, with everything that is wrong with their form, by its place. */
export function readDocuments(value: unknown): { documents: EndpointDocument[]; faults: FieldError[] } {
  const faults: FieldError[] = [];
  const seen = new Set<unknown>();
  const documents = (Array.isArray(value) ? value : [value]).map((item, at): EndpointDocument => {
    const where = Array.isArray(value) ? `/${at}` : "";
    const { customer, customerSettings, endpoints, ...others } = isItem(item) ? item : {};
    if (typeof customer !== "string" || customer === "") {
      faults.push(fault(`${where}/customer`, "required"));
    } else if (seen.has(customer)) faults.push(fault(`${where}/customer`, "file_twice"));
    seen.add(customer);
    if (customerSettings !== undefined && !isItem(customerSettings)) {
      faults.push(fault(`${where}/customerSettings`, "file_object"));
    }
    if (!Array.isArray(endpoints) || !endpoints.every(isItem)) {
      faults.push(fault(`${where}/endpoints`, "file_list"));
    }
    for (const name of Object.keys(others)) {
      faults.push(fault(`${where}/${escaped(name)}`, "unknown_field"));
    }
    const list = Array.isArray(endpoints) ? endpoints.filter(isItem) : [];
    faults.push(...endpointFaults(list, where));
    return {
      customer: String(customer),
      customerSettings: isItem(customerSettings) ? customerSettings : null,
      endpoints: list,
    };
  });
  return { documents, faults };
}
