import { type Static, Type } from "typebox";
import { StatusMap } from "../status-map.js";
import type { Format } from "../template.js";
import { MAX_PATTERN, MAX_SOURCE } from "./engine.js";

export const FORMATS = ["json", "xml", "csv", "form", "text", "query"] as const;

/** The options of the template `custom`. */
export const Options = Type.Object(
  {
    format: Type.Enum([...FORMATS], { description: "What the body is; query for a GET" }),
    body: Type.String({ minLength: 1, maxLength: MAX_SOURCE, description: "The document, in Liquid" }),
    fileName: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_PATTERN,
        description: "Of files, in Liquid; absent: order, status code and status time",
      }),
    ),
    contentType: Type.Optional(
      Type.String({
        maxLength: 200,
        pattern: "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *; *[A-Za-z0-9_-]+=[A-Za-z0-9._+-]+)*$",
        description: "A media type, such as application/vnd.acme+json; absent: that of the format",
      }),
    ),
    statusMap: Type.Optional(StatusMap),
    language: Type.Optional(
      Type.String({
        maxLength: 35,
        pattern: "^[a-z]{2,8}(-[a-z0-9]{1,8})*$",
        description: "Of description and mapped.text, a language tag in small letters; absent: en",
      }),
    ),
    delimiter: Type.Optional(Type.Enum([",", ";", "\t", "|"], { description: "Between the fields of CSV; absent: ," })),
    lineEnd: Type.Optional(Type.Enum(["lf", "crlf"], { description: "Of CSV and plain text; absent: lf" })),
  },
  { additionalProperties: false },
);
export type Options = Static<typeof Options>;

/** What a body is called where the options say nothing. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  json: "application/json",
  xml: "application/xml",
  csv: "text/csv; charset=utf-8",
  form: "application/x-www-form-urlencoded",
  text: "text/plain; charset=utf-8",
  query: "application/x-www-form-urlencoded",
};
