import { Type } from "typebox";
import { CustomerId } from "../../schemas/customer.js";
import { DEFAULT_LIMIT, pageQuery } from "../../schemas/paging.js";

export const customerParams = Type.Object({ customer: CustomerId });
export const idParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) });
export const pageQueryShape = Type.Object(pageQuery);

/** What a list is asked for, with its default. */
export function pageRequest({
  limit = DEFAULT_LIMIT,
  cursor,
}: {
  limit?: number | undefined;
  cursor?: string | undefined;
}) {
  return { limit, cursor };
}

/** Settings and events are judged by what takes them, by the schemas that are shown. */
export const judgedElsewhere = Type.Unknown();

/** For operations that need nothing, from clients that always send a body. */
export const emptyBody = { schema: Type.Object({}, { additionalProperties: false }), optional: true } as const;
