import type { WriteKind } from "./commits.js";

/** A wish for a file name: `name` is the candidate, `folded` the same without case. */
export interface NameWish {
  readonly deliveryId: string;
  /** Host and folder, as the transport's `address` says them. */
  readonly place: string;
  readonly name: string;
  readonly folded: string;
}

const TAKE = `INSERT OR IGNORE INTO file_names (place, folded, delivery_id)
  SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`;

const STORE = `UPDATE deliveries SET file_name = w.value ->> 3 FROM json_each(?) w
  WHERE deliveries.id = w.value ->> 2 AND EXISTS (SELECT 1 FROM file_names f
    WHERE f.place = w.value ->> 0 AND f.folded = w.value ->> 1 AND f.delivery_id = w.value ->> 2)`;

const TAKEN = `SELECT json_group_array(EXISTS (SELECT 1 FROM file_names f
    WHERE f.place = value ->> 0 AND f.folded = value ->> 1 AND f.delivery_id = value ->> 2)) FROM json_each(?)`;

/** Gives file names out, each to the first that wishes for it; true for those that got theirs, stored on the delivery. */
export const naming: WriteKind<NameWish, boolean> = {
  rank: 2,
  statements(wishes) {
    const args = [JSON.stringify(wishes.map((wish) => [wish.place, wish.folded, wish.deliveryId, wish.name]))];
    return [
      { sql: TAKE, args },
      { sql: STORE, args },
      { sql: TAKEN, args },
    ];
  },
  results: (cells, wishes) => {
    const taken = (cells[2] ?? []) as number[];
    return wishes.map((_wish, index) => taken[index] === 1);
  },
};
