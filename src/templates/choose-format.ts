import type { FieldError } from "../errors.js";
import { fault, type Rule, type RuleParams } from "../schemas/rules/rules.js";
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
const refuse = (path: string, rule: Rule, params: RuleParams): ChosenFormat => ({
  ok: false,
  error: fault(path, rule, params),
});

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
  const pair = { template: template.name, transport: transport.name };
  if (only === undefined) {
    const makes = template.formats.join(", ");
    const carries = transport.accepts.join(", ");
    return refuse("/template/name", "pair_formats", { ...pair, makes, carries });
  }
  const wished = fitting.find((format) => format === options.format);
  if (wished) return { ok: true, format: wished };
  if (options.format !== undefined) {
    return refuse(FORMAT_PATH, "pair_carries", { ...pair, formats: fitting.join(" or ") });
  }
  if (transport.defaultFormat && fitting.includes(transport.defaultFormat)) {
    return { ok: true, format: transport.defaultFormat };
  }
  if (fitting.length === 1) return { ok: true, format: only };
  return refuse(FORMAT_PATH, "format_needed", { transport: transport.name, formats: fitting.join(" or ") });
}
