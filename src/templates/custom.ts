import { type FieldError, RenderError } from "../errors.js";
import { broken, fault, type Rule, type RuleParams } from "../schemas/rules/rules.js";
import type { StatusEvent } from "../types.js";
import { TemplateFault } from "./liquid/budget.js";
import { parsed } from "./liquid/cache.js";
import { CONTENT_TYPES, FORMATS, Options } from "./liquid/options.js";
import { mappedOf, renderEvent, usesOf } from "./liquid/payload.js";
import { SAMPLE_DETAILS, SAMPLE_EVENTS } from "./liquid/sample.js";
import type { Needs, Payload, RenderContext, Template } from "./template.js";

const read = (options: Readonly<Record<string, unknown>>) => options as unknown as Options;

function needs(options: Readonly<Record<string, unknown>>): Needs {
  const uses = usesOf(read(options));
  return { history: uses.has("history"), details: uses.has("details") };
}

function render(
  events: readonly StatusEvent[],
  given: Readonly<Record<string, unknown>>,
  context: RenderContext,
): Payload {
  const [event, another] = events;
  if (!event || another) {
    throw new RenderError("event", "one_event", "A template of one's own holds exactly one event.");
  }
  const options = read(given);
  const shown = usesOf(options).has("mapped");
  return renderEvent(options, event, context, mappedOf(options, event, options.language ?? "en", shown));
}

/**
 * What is wrong with a template that no event can be rendered with; null: a sample of at least one status comes out.
 * What takes its whole time or memory is tried once.
 */
function trialFault(options: Options): FieldError | null {
  let first: FieldError | null = null;
  for (const event of SAMPLE_EVENTS) {
    const context = {
      format: options.format,
      target: "file",
      timeZone: "UTC",
      now: event.statusTime,
      id: "dlv_sample",
    } as const;
    try {
      const more = { history: [event], details: SAMPLE_DETAILS };
      renderEvent(options, event, { ...context, ...more }, { code: "SAMPLE", text: "Sample" });
      return null;
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      const { code, message, field = { path: "/body" } } = error;
      first ??= { ...field, ...broken("sample_fails", { message }) };
      if (/_(?:steps|time|memory|size)$/.test(code)) break;
    }
  }
  return first;
}

function parseErrors(options: Options): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ["body", "fileName"] as const) {
    try {
      const source = options[name];
      if (source !== undefined) parsed(source);
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      const { line, column, message } = error;
      errors.push({ ...fault(`/${name}`, "template_syntax", { line, column, message }), line, column });
    }
  }
  return errors;
}

function validate(given: Readonly<Record<string, unknown>>): FieldError[] {
  const options = read(given);
  const { format, statusMap, contentType, delimiter, lineEnd } = options;
  const errors = parseErrors(options);
  const refuse = (path: string, rule: Rule, params?: RuleParams) => errors.push(fault(path, rule, params));
  if (errors.length === 0 && !statusMap && usesOf(options).has("mapped")) {
    refuse("/statusMap", "status_map_needed");
  }
  if (contentType !== undefined && (format === "query" || format === "form")) {
    refuse("/contentType", "content_type_fixed", { type: CONTENT_TYPES[format], format });
  }
  if (delimiter !== undefined && format !== "csv") refuse("/delimiter", "csv_only");
  if (lineEnd !== undefined && format !== "csv" && format !== "text") {
    refuse("/lineEnd", "csv_text_only");
  }
  const failed = errors.length === 0 ? trialFault(options) : null;
  return failed ? [failed] : errors;
}

/** The customer's own format, in Liquid: JSON, XML, CSV, form, plain text or a query string. */
export const custom: Template = {
  name: "custom",
  label: "Your own format",
  optionsSchema: Options,
  formats: FORMATS,
  maxEvents: 1,
  needs,
  validate,
  render,
};
