import { type Static, type TSchema, Type } from "typebox";
import { EventInput } from "./event.js";
import { FieldProblem } from "./problem.js";

export const MAX_ITEMS = 1000;

/** What became of one accepted event. */
export const Published = Type.Object(
  {
    id: Type.String({ description: "Waybell's id of the event; of a duplicate: the first one's" }),
    duplicate: Type.Boolean({ description: "The customer has an event of this id and content already" }),
    deliveries: Type.Integer({ minimum: 0, description: "How many deliveries it made" }),
    reason: Type.Optional(Type.String({ description: "Why it made none" })),
  },
  {
    title: "Published",
    examples: [{ id: "evt_01k9zq3v5t00000105q8m2x7rc", duplicate: false, deliveries: 2 }],
  },
);

const accepted = { line: Type.Integer({ minimum: 1 }), status: Type.Integer() };

/** One line of the answer to NDJSON: of an event, or, as the last, of all of them. */
export const PublishedLine = Type.Union(
  [
    Type.Object({ ...accepted, ...Published.properties }, { title: "AcceptedLine" }),
    Type.Object(
      {
        ...accepted,
        error: Type.Object({ title: Type.String(), detail: Type.String(), errors: Type.Array(FieldProblem) }),
      },
      { title: "RefusedLine" },
    ),
    Type.Object(
      {
        summary: Type.Object({
          lines: Type.Integer(),
          published: Type.Integer(),
          duplicates: Type.Integer(),
          refused: Type.Integer(),
          deliveries: Type.Integer(),
        }),
      },
      { title: "SummaryLine" },
    ),
  ],
  { title: "PublishedLine" },
);
export type PublishedLine = Static<typeof PublishedLine>;

/** One event, or up to 1,000. */
export const oneOrMany = (item: TSchema) =>
  Type.Unsafe({ oneOf: [item, { type: "array", items: item, minItems: 1, maxItems: MAX_ITEMS }] });

export const Events = oneOrMany(EventInput);
