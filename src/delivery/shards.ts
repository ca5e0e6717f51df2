import { hash } from "node:crypto";
import type { Endpoint } from "../types.js";

/** What comes between an endpoint's lane and the number of one of its shards; ids of endpoints do not hold it. */
const MARK = "~";

/** The lane of an endpoint that a shard is part of; other lanes are their own. */
export function wholeLane(laneId: string): string {
  const at = laneId.indexOf(MARK);
  return at < 0 ? laneId : laneId.slice(0, at);
}

const shardOf = (laneId: string): number => Number(laneId.slice(wholeLane(laneId).length + 1) || 0);

/** The lanes that a lane with so many shards runs as; the first has the id of the whole. */
export const shardLanes = (laneId: string, shards: number): string[] =>
  Array.from({ length: shards }, (_, at) => (at === 0 ? laneId : `${laneId}${MARK}${at}`));

type Sharded = Pick<Endpoint, "laneId" | "limits">;

/** The lanes of an endpoint. */
export const lanesOf = ({ laneId, limits }: Sharded): string[] => shardLanes(laneId, limits.shards);

/** The lane of a delivery to the endpoint: all of one order go in the same. */
export function laneFor({ laneId, limits }: Sharded, order: string): string {
  if (limits.shards === 1) return laneId;
  const digest = hash("sha256", order, "buffer");
  return shardLanes(laneId, limits.shards)[digest.readUInt32BE() % limits.shards] ?? laneId;
}

/** What one lane may do of what its endpoint may: the shares of all shards are the whole. */
export function shareOf(laneId: string, { limits }: Sharded) {
  const { shards, concurrency, rate } = limits;
  if (shards === 1) return { concurrency, rate };
  const shard = shardOf(laneId);
  // A lane that is left over from more shards than there are now empties itself, one by one.
  const own = Math.floor(concurrency / shards) + (shard < concurrency % shards ? 1 : 0);
  return {
    concurrency: shard < shards ? own : 1,
    rate: rate && { ...rate, count: rate.count / shards },
  };
}
