import { aveonline } from "./aveonline.js";
import { aymakan } from "./aymakan.js";
import { custom } from "./custom.js";
import { ontime } from "./ontime.js";
import { probo } from "./probo.js";
import { standard } from "./standard.js";
import type { Template } from "./template.js";
import { trackingmore } from "./trackingmore.js";

/** Every template that there is; a new one is a file beside this one and a line here. */
export const templates: Readonly<Record<string, Template>> = {
  ontime,
  aveonline,
  trackingmore,
  aymakan,
  probo,
  standard,
  custom,
};

/** The template of a name; undefined for a name that there is none of. */
export function templateOf(name: string): Template | undefined {
  return Object.hasOwn(templates, name) ? templates[name] : undefined;
}
