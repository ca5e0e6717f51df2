import type { WriteKind } from "./commits.js";
import type { ColumnType } from "./database.js";

/** A wish for a file name: `name` is the candidate, `folded` the same without case. */
export interface NameWish {
  readonly deliveryId: string;
  /** Host and folder, as the transport's `address` says them. */
  readonly place: string;
  /** What the name is given out for: with another one the delivery needs another name. */
  readonly target: string;
  readonly name: string;
  readonly folded: string;
  /** The first name wished for, folded, and which of its numbers this candidate is: 1 for the name itself. */
  readonly base: string;
  readonly number: number;
}

export interface NameAnswer {
  /** The name is the delivery's, and stored on it. */
  readonly given: boolean;
  /** The highest number of the base that is given out at this place; 0: none. */
  readonly highest: number;
}

const WISHES = "WITH w(place, folded, delivery_id, name, target, base, number, at) AS (:table)";
const COLUMNS: readonly ColumnType[] = ["text", "text", "text", "text", "text", "text", "integer", "integer"];

const TAKE = `${WISHES} INSERT INTO file_names (place, folded, delivery_id, base, number)
  SELECT place, folded, delivery_id, base, number FROM w WHERE true ORDER BY at ON CONFLICT DO NOTHING`;

const STORE = `${WISHES} UPDATE deliveries SET file_name = w.name, file_target = w.target FROM w
  WHERE deliveries.id = w.delivery_id AND EXISTS (SELECT 1 FROM file_names f
    WHERE f.place = w.place AND f.folded = w.folded AND f.delivery_id = w.delivery_id)`;

const TAKEN = `${WISHES} SELECT json_group_array(json_array(w.at, EXISTS (SELECT 1 FROM file_names f
    WHERE f.place = w.place AND f.folded = w.folded AND f.delivery_id = w.delivery_id),
  (SELECT coalesce(max(f.number), 0) FROM file_names f WHERE f.place = w.place AND f.base = w.base)))
  FROM w`;

/** Gives file names out, each to the first that wishes for it. */
export const naming: WriteKind<NameWish, NameAnswer> = {
  rank: 2,
  statements(wishes) {
    const table = wishes.map((wish, at) => [
      wish.place,
      wish.folded,
      wish.deliveryId,
      wish.name,
      wish.target,
      wish.base,
      wish.number,
      at,
    ]);
    return [TAKE, STORE, TAKEN].map((sql) => ({ sql, columns: COLUMNS, table }));
  },
  results: (cells, wishes) => {
    const answers = (cells[2] ?? []) as [at: number, given: number | boolean, highest: number][];
    const byPlace = new Map(answers.map(([at, given, highest]) => [at, { given: Boolean(given), highest }]));
    return wishes.map((_wish, at) => byPlace.get(at) ?? { given: false, highest: 0 });
  },
};
