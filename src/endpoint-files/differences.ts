import { canonicalJson } from "../canonical-json.js";
import { SECRET_MASK } from "../schemas/secret.js";
import { type Item, isItem } from "./item.js";
import type { IsHidden } from "./secret-places.js";

/** A URL as far as it may be shown: its query may hold a token. */
export function withoutSecrets(url: unknown): string {
  if (typeof url !== "string" || !URL.canParse(url)) return "(not shown)";
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname}${search ? "?…" : ""}`;
}

/** A value as far as it may be shown. */
export type Shown = "not set" | "not shown" | { readonly text: string };

/** What differs at one dotted place; `again`: a secret that is set, and given again: the two cannot be compared. */
export type Difference =
  | { readonly place: string; readonly again: true }
  | { readonly place: string; readonly again: false; readonly before: Shown; readonly after: Shown };

function shown(place: string, value: unknown, isHidden: IsHidden): Shown {
  if (value === undefined) return "not set";
  if (value === SECRET_MASK || isHidden(place, value)) return "not shown";
  const isAddress = /^transport\.(url|auth\.tokenUrl)$/.test(place);
  return { text: isAddress ? withoutSecrets(value) : JSON.stringify(value) };
}

/**
 * What differs between what is given and what is there, each at its own place. What the file leaves out stays as it is,
 * but for the members of an option of the transport: a PATCH replaces those together.
 */
export function differences(given: Item, there: Item, isHidden: IsHidden, path = ""): Difference[] {
  const whole = /^transport\../.test(path);
  const names = new Set([...Object.keys(given), ...(whole ? Object.keys(there) : [])]);
  return [...names].flatMap((name): Difference[] => {
    const place = `${path}${name}`;
    const value = given[name];
    const before = there[name];
    if (isItem(value) && isItem(before)) return differences(value, before, isHidden, `${place}.`);
    if (canonicalJson(value) === canonicalJson(before)) return [];
    if (before === SECRET_MASK && value !== undefined) return [{ place, again: true }];
    return [{ place, again: false, before: shown(place, before, isHidden), after: shown(place, value, isHidden) }];
  });
}
