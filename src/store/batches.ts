import type { WriteKind } from "./commits.js";

/** Claimed deliveries that go out in one request from now on, under an id of their own. */
export interface NewBatch {
  readonly id: string;
  readonly members: readonly { readonly id: string; readonly token: string }[];
}

/** Keeps what belongs to a batch before it is sent: after a crash the same goes out again under the same id. */
export const batching: WriteKind<NewBatch, void> = {
  rank: 2,
  weight: ({ members }) => members.length,
  statements: (batches) => [
    {
      sql: `WITH m(id, token, batch) AS (:table) UPDATE deliveries SET batch_id = m.batch FROM m
        WHERE deliveries.id = m.id AND claim_token = m.token AND state = 'sending'`,
      columns: ["text", "text", "text"],
      table: batches.flatMap(({ id: batch, members }) => members.map(({ id, token }) => [id, token, batch])),
    },
  ],
  results: (_cells, batches) => batches.map(() => undefined),
};
