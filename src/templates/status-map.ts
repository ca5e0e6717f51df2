import { type Static, Type } from "typebox";
import { StatusSchema } from "../schemas/event.js";
import type { StatusEvent } from "../types.js";

const MappedStatus = Type.Object(
  {
    code: Type.String({ minLength: 1, maxLength: 100, description: "The partner's code" }),
    text: Type.Optional(Type.String({ maxLength: 500, description: "Absent: the event's own description" })),
  },
  { additionalProperties: false },
);

/** The option `statusMap` of templates whose partners have codes of their own. */
export const StatusMap = Type.Object(
  {
    codes: Type.Optional(
      Type.Record(Type.String({ minLength: 1, maxLength: 100 }), MappedStatus, {
        minProperties: 1,
        maxProperties: 500,
        description: "By our status code; comes before the status",
      }),
    ),
    statuses: Type.Optional(
      Type.Partial(Type.Record(StatusSchema, MappedStatus), {
        additionalProperties: false,
        minProperties: 1,
        description: "By our status",
      }),
    ),
    default: Type.Optional(MappedStatus),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description: "Our status code or status to the partner's code and text",
  },
);
export type StatusMap = Static<typeof StatusMap>;

/** What a partner is told of an event's status; `text` absent: the map has none. */
export interface PartnerStatus {
  readonly code: string;
  readonly text?: string | undefined;
}

/** The partner's code and text of an event: by its code, by its status, by default; null: the map has none of them. */
export function mapStatus(
  map: StatusMap | undefined,
  { statusCode, status }: Pick<StatusEvent, "statusCode" | "status">,
): PartnerStatus | null {
  if (!map) return null;
  const { codes = {}, statuses = {} } = map;
  if (Object.hasOwn(codes, statusCode)) return codes[statusCode] ?? null;
  return statuses[status] ?? map.default ?? null;
}
