import type { FieldError } from "../errors.js";

export const MAX_DEPTH = 64;
const MAX_PATH = 500;

function placeIn(value: object, depth: number): FieldError | null {
  if (depth > MAX_DEPTH) return { path: "", message: `is nested deeper than ${MAX_DEPTH} levels` };
  for (const key in value) {
    const held = (value as Record<string, unknown>)[key];
    if (key === "__proto__") return { path: "/__proto__", message: "is not allowed as a name" };
    if (typeof held !== "object" || held === null) continue;
    if (key === "constructor" && Object.hasOwn(held, "prototype")) {
      return { path: "/constructor/prototype", message: "is not allowed as a name" };
    }
    const found = placeIn(held, depth + 1);
    if (found)
      return { path: `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}${found.path}`, message: found.message };
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
  return found && { path: found.path.slice(0, MAX_PATH), message: found.message };
}
