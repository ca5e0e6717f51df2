import type { WriteKind } from "./commits.js";

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

const TAKE = `INSERT OR IGNORE INTO file_names (place, folded, delivery_id, base, number)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 5, value ->> 6 FROM json_each(?)`;

const STORE = `UPDATE deliveries SET file_name = w.value ->> 3, file_target = w.value ->> 4 FROM json_each(?) w
  WHERE deliveries.id = w.value ->> 2 AND EXISTS (SELECT 1 FROM file_names f
    WHERE f.place = w.value ->> 0 AND f.folded = w.value ->> 1 AND f.delivery_id = w.value ->> 2)`;

const TAKEN = `SELECT json_group_array(json_array(EXISTS (SELECT 1 FROM file_names f
    WHERE f.place = value ->> 0 AND f.folded = value ->> 1 AND f.delivery_id = value ->> 2),
  (SELECT coalesce(max(f.number), 0) FROM file_names f WHERE f.place = value ->> 0 AND f.base = value ->> 5)))
  FROM json_each(?)`;

/** Gives file names out, each to the first that wishes for it. */
export const naming: WriteKind<NameWish, NameAnswer> = {
  rank: 2,
  statements(wishes) {
    const values = wishes.map((wish) => [
      wish.place,
      wish.folded,
      wish.deliveryId,
      wish.name,
      wish.target,
      wish.base,
      wish.number,
    ]);
    const args = [JSON.stringify(values)];
    return [
      { sql: TAKE, args },
      { sql: STORE, args },
      { sql: TAKEN, args },
    ];
  },
  results: (cells, wishes) => {
    const answers = (cells[2] ?? []) as [number, number][];
    return wishes.map((_wish, index) => {
      const [given, highest] = answers[index] ?? [0, 0];
      return { given: given === 1, highest };
    });
  },
};
