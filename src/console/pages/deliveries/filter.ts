import { parseStatusTime } from "../../../time.js";
import type { SignedIn } from "../../page.js";

/** What deliveries are searched by, as addresses and forms name it. */
export const FILTER_NAMES = [
  "customer",
  "order",
  "reference",
  "barcode",
  "endpoint",
  "event",
  "state",
  "status",
  "statusCode",
  "fault",
  "code",
  "error",
  "from",
  "to",
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/** What was filled in; what was left empty is left out. */
export type Filter = Readonly<Partial<Record<FilterName, string>>>;

/** The filter of an address or a form. */
export function filterOf(parameters: URLSearchParams): Filter {
  const filter: Partial<Record<FilterName, string>> = {};
  for (const name of FILTER_NAMES) {
    const value = parameters.get(name)?.trim() ?? "";
    if (value !== "") filter[name] = value;
  }
  return filter;
}

/** The filter as the API takes it: what a field of the browser says of a time means the reader's time zone. */
export function askedOf(filter: Filter, { format }: Pick<SignedIn, "format">): Record<string, string> {
  const instant = (text: string): string => {
    // With an offset it comes from a link.
    const at = parseStatusTime(text.length === 10 ? `${text}T00:00` : text, format.timeZone);
    return at === null ? text : new Date(at).toISOString();
  };
  const { from, to, ...others } = filter;
  return {
    ...others,
    ...(from === undefined ? {} : { from: instant(from) }),
    ...(to === undefined ? {} : { to: instant(to) }),
  };
}

/** An address with the filter, and more. */
export function addressOf(
  path: string,
  filter: Filter,
  more: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, ...more })) {
    if (value === undefined) continue;
    for (const each of typeof value === "string" ? [value] : value) parameters.append(name, each);
  }
  const query = parameters.toString();
  return query === "" ? path : `${path}?${query}`;
}

/** A name as a part of a path. Half a character, which no address can hold, is kept nowhere either. */
export const inPath = (name: string): string => encodeURIComponent(name.replaceAll(/\p{Surrogate}/gu, "\ufffd"));

/** Where the story of an order stands. */
export const orderAddress = (customer: string, order: string): string =>
  `/customers/${inPath(customer)}/orders/${inPath(order)}`;
