import { RenderError } from "../../errors.js";
import type { StatusEvent } from "../../types.js";
import { descriptionIn } from "../descriptions.js";
import { safeFileName } from "../file-name.js";
import { bodyOf, type Segment } from "../segments.js";
import { mapStatus, type PartnerStatus } from "../status-map.js";
import type { Format, Payload, RenderContext } from "../template.js";
import { TemplateFault } from "./budget.js";
import { parsed } from "./cache.js";
import { CONTENT_TYPES, type Options } from "./options.js";
import { scopeOf } from "./scope.js";
import { write } from "./write.js";

const EXTENSIONS: Readonly<Record<Format, string>> = {
  ...{ json: "json", xml: "xml", csv: "csv", form: "txt", text: "txt", query: "txt" },
};
const FILE_NAME = '{{ order }}_{{ statusCode }}_{{ statusTime | date: "%Y%m%d%H%M%S" }}';
/** Written in the pattern itself: what an event holds never decides what kind of file it is. */
const EXTENSION = /\.([A-Za-z0-9]{1,10})$/;

/** Says which of the two templates fails, and where in it. */
function placed<T>(part: "template" | "file_name", make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    const { code, line, column } = error;
    const what = part === "template" ? "The template" : "The template of the file name";
    const end = error.message.endsWith("?") ? "" : ".";
    const message = `${what} fails at line ${line}, column ${column}: ${error.message}${end}`;
    const path = part === "template" ? "/body" : "/fileName";
    throw new RenderError("endpoint", `${part}_${code}`, message, error, { path, line, column });
  }
}

function fileNameOf(
  { format, fileName = FILE_NAME }: Options,
  scope: object,
  { now, timeZone }: RenderContext,
): string {
  const setting = { format: "text", style: { delimiter: ",", lineEnd: "\n" }, now, timeZone } as const;
  const name = placed("file_name", () => {
    const [text = "", picture] = write(parsed(fileName), scope, setting);
    if (picture !== undefined) throw new TemplateFault("picture", "a picture cannot stand in it");
    return text as string;
  });
  const [whole = "", extension] = EXTENSION.exec(fileName) ?? [];
  return safeFileName([name.slice(0, name.length - whole.length)], extension ?? EXTENSIONS[format]);
}

/** The partner's status; there must be one only where the template shows it. */
export function mappedOf(
  { statusMap }: Options,
  event: StatusEvent,
  language: string,
  shown: boolean,
): PartnerStatus | null {
  const mapped = mapStatus(statusMap, event);
  if (mapped) return { code: mapped.code, text: mapped.text ?? descriptionIn(event.descriptions, language) };
  if (!shown) return null;
  const { statusCode, status } = event;
  const message = `The status map has nothing for the code "${statusCode}" with status ${status}, and no default.`;
  throw new RenderError("endpoint", "status_map", message);
}

/** The variables that body and file name read; none where they cannot be parsed, which rendering will say. */
export function usesOf({ body, fileName = FILE_NAME }: Options): ReadonlySet<string> {
  try {
    return new Set([...parsed(body).uses, ...parsed(fileName).uses]);
  } catch {
    return new Set();
  }
}

function payloadOf(options: Options, segments: readonly Segment[], fileName: string | undefined): Payload {
  const { format } = options;
  const contentType = options.contentType ?? CONTENT_TYPES[format];
  const named = fileName === undefined ? {} : { fileName };
  if (format !== "query" && format !== "form") return { contentType, body: bodyOf(segments), ...named };
  const pairs = new URLSearchParams(segments.join(""));
  if (format === "query") return { contentType, body: Buffer.alloc(0), fields: [...pairs] };
  return { contentType, body: Buffer.from(pairs.toString()), ...named };
}

/** Makes the payload of one event. Throws RenderError. */
export function renderEvent(
  options: Options,
  event: StatusEvent,
  context: RenderContext,
  mapped: PartnerStatus | null,
): Payload {
  const { format, body, delimiter = ",", lineEnd = "lf", language = "en" } = options;
  const { now, timeZone, target } = context;
  const scope = scopeOf(event, mapped, language, context);
  const style = { delimiter, lineEnd: lineEnd === "crlf" ? "\r\n" : "\n" };
  const segments = placed("template", () => write(parsed(body), scope, { format, style, now, timeZone }));
  return payloadOf(options, segments, target === "file" ? fileNameOf(options, scope, context) : undefined);
}
