import { type TSchema, Type } from "typebox";

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 500;

/** A moment in an answer. */
export const Instant = Type.String({ format: "date-time", description: "ISO 8601, UTC" });

/** The query parameters of every list. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, description: "Items of one page" }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1000, description: "`next` of the page before; absent: the first page" }),
  ),
};

/** A page of a list. */
export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()], {
      description: "`cursor` of the next page, which may be empty; null: this is the last",
    }),
    searchedTo: Type.Optional(
      Type.String({
        format: "date-time",
        description:
          "The page is not full because few of many fit: what was made before it was not looked at, and `next` searches on",
      }),
    ),
  });
