import type { FieldError } from "../errors.js";
import type { Format } from "./template.js";

/** What a transport says of itself that decides the format. */
export interface Carrier {
  readonly name: string;
  readonly accepts: readonly Format[];
  readonly defaultFormat?: Format | undefined;
}

export type ChosenFormat =
  | { readonly ok: true; readonly format: Format }
  | { readonly ok: false; readonly error: FieldError };

const FORMAT_PATH = "/template/options/format";
const refuse = (path: string, message: string): ChosenFormat => ({ ok: false, error: { path, message } });

/**
 * The format in which an endpoint's payloads travel: the one its template options name, else the transport's default,
 * else the only one that fits. An impossible pair, or a choice left open, is refused with what would fit; the error's
 * path is inside the endpoint.
 */
export function chooseFormat(
  transport: Carrier,
  template: { readonly name: string; readonly formats: readonly Format[] },
  options: Readonly<Record<string, unknown>> = {},
): ChosenFormat {
  const fitting = template.formats.filter((format) => transport.accepts.includes(format));
  const [only] = fitting;
  if (only === undefined) {
    const makes = template.formats.join(", ");
    const carries = transport.accepts.join(", ");
    return refuse("/template/name", `${template.name} makes ${makes}; ${transport.name} carries only ${carries}`);
  }
  const wished = fitting.find((format) => format === options.format);
  if (wished) return { ok: true, format: wished };
  if (options.format !== undefined) {
    return refuse(FORMAT_PATH, `${transport.name} with ${template.name} carries ${fitting.join(" or ")} only`);
  }
  if (transport.defaultFormat && fitting.includes(transport.defaultFormat)) {
    return { ok: true, format: transport.defaultFormat };
  }
  if (fitting.length === 1) return { ok: true, format: only };
  return refuse(FORMAT_PATH, `is needed: ${transport.name} can carry ${fitting.join(" or ")}`);
}
