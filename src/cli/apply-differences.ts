import { mapSecrets, SECRET_MASK } from "../schemas/secret.js";
import { transportOf } from "../transports/index.js";
import { type Item, isItem, text } from "./context.js";
import { canonicalJson } from "./event-id.js";
import { clean } from "./table.js";

/** A URL as far as it may be shown: its query may hold a token. */
export function withoutSecrets(url: unknown): string {
  if (typeof url !== "string" || !URL.canParse(url)) return "(not shown)";
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname}${search ? "?…" : ""}`;
}

/** The dotted places of an endpoint's values that may not be shown: what its transport's schema marks as secret. */
export function secretPlaces(endpoint: Item): ReadonlySet<string> {
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
  return /^transport\.(url|auth\.tokenUrl)$/.test(place) ? withoutSecrets(value) : JSON.stringify(value);
}

/**
 * What differs between what is given and what is there, one line a field. What the file leaves out stays as it is, but
 * for the members of an option of the transport: a PATCH replaces those together.
 */
export function differences(given: Item, there: Item, secrets: ReadonlySet<string>, path = ""): string[] {
  const whole = /^transport\../.test(path);
  const names = new Set([...Object.keys(given), ...(whole ? Object.keys(there) : [])]);
  return [...names].flatMap((name) => {
    const place = `${path}${name}`;
    const value = given[name];
    const before = there[name];
    if (isItem(value) && isItem(before)) return differences(value, before, secrets, `${place}.`);
    if (canonicalJson(value) === canonicalJson(before)) return [];
    if (before === SECRET_MASK && value !== undefined)
      return [clean(`${place}: set again (a secret cannot be compared)`)];
    return [clean(`${place}: ${shown(place, before, secrets)} → ${shown(place, value, secrets)}`)];
  });
}
