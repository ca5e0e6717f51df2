import type { FieldError } from "../errors.js";
import { fault } from "./rules/rules.js";

export const MAX_DEPTH = 64;
const MAX_PATH = 500;

function placeIn(value: object, depth: number): FieldError | null {
  if (depth > MAX_DEPTH) return fault("", "deep", { limit: MAX_DEPTH });
  for (const key in value) {
    const held = (value as Record<string, unknown>)[key];
    if (key === "__proto__") return fault("/__proto__", "forbidden_name");
    if (typeof held !== "object" || held === null) continue;
    if (key === "constructor" && Object.hasOwn(held, "prototype")) {
      return fault("/constructor/prototype", "forbidden_name");
    }
    const found = placeIn(held, depth + 1);
    if (found) return { ...found, path: `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}${found.path}` };
  }
  return null;
}

/**
 * The first place of what JSON.parse gave that is nested too deep or would reach a prototype; null when there is none.
 * Whatever comes from outside is looked through before anything else is done with it: databases refuse JSON of a
 * thousand levels only when it is written, and what fails there would be tried again for ever.
 */
export function findHostile(value: unknown): FieldError | null {
  if (typeof value !== "object" || value === null) return null;
  const found = placeIn(value, 1);
  return found && { ...found, path: found.path.slice(0, MAX_PATH) };
}
