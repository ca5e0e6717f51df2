import { isDeepStrictEqual } from "node:util";
import type { EventBody, EventRow } from "../store/event-rows.js";

const COLUMNS = ["order", "barcode", "container", "statusCode", "status", "statusTime"] as const;
/** What was posted with an event and is not kept in its row, in the order in which `contentHash` has parts for it. */
export const HASHED_PARTS = ["details", "callbackUrls"] as const;

/** The names of the fields in which two events differ; none: the same was posted, only written otherwise. */
export function differences(first: EventRow, second: EventRow): string[] {
  const bodies = [first.body, second.body].map((body) => body as Readonly<Record<string, unknown>>);
  const hashes = [first, second].map(({ contentHash }) => contentHash.split(".").slice(1));
  const members = new Set(bodies.flatMap((body) => Object.keys(body)));
  // Of the request, not of what it published.
  members.delete("trace" satisfies keyof EventBody);
  return [
    ...COLUMNS.filter((name) => first[name] !== second[name]),
    ...[...members].filter((name) => !isDeepStrictEqual(bodies[0]?.[name], bodies[1]?.[name])),
    ...HASHED_PARTS.filter((_name, at) => hashes[0]?.[at] !== hashes[1]?.[at]),
  ];
}
