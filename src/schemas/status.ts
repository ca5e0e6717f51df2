import { Type } from "typebox";
import { Descriptions, EVENT_BOUNDS, StatusSchema } from "./event.js";

export const StatusCode = Type.String({
  minLength: 1,
  maxLength: EVENT_BOUNDS.statusCode,
  description: "Case-sensitive",
});

/** A row of the catalogue, as it is put under its code. */
export const StatusRowInput = Type.Object(
  { status: StatusSchema, descriptions: Descriptions },
  {
    additionalProperties: false,
    title: "StatusRowInput",
    examples: [{ status: "PROCESSING", descriptions: { nl: "Mee met koerier", en: "Taken by courier" } }],
  },
);

export const StatusRowAnswer = Type.Object(
  { code: StatusCode, status: StatusSchema, descriptions: Descriptions },
  { title: "StatusRow" },
);
