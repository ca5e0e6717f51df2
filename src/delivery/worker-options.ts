import type { Logger } from "../logger.js";
import type { Queue } from "../queue/queue.js";
import type { NewBatch } from "../store/batches.js";
import type { ClaimAnswer, Claimed, ClaimRequest } from "../store/claims.js";
import type { Ended } from "../store/follow.js";
import type { Leases } from "../store/leases.js";
import type { DeliveryRecord } from "../store/records.js";
import type { Clock, Endpoint } from "../types.js";
import type { GatherStore, Group } from "./batches.js";
import type { Delivered, Unsent } from "./deliver.js";
import type { HeldClaims } from "./held-claims.js";
import type { Holders } from "./holders.js";
import type { LaneStore } from "./lanes.js";
import type { Tally } from "./tally.js";
import type { Traffic } from "./traffic.js";

/** What the worker needs of the store. */
export interface WorkStore extends LaneStore, GatherStore {
  endpoints(ids: Iterable<string>): Promise<ReadonlyMap<string, Endpoint>>;
  /** When the first pending delivery of a lane is due; null: none is pending. */
  nextDue(laneId: string): Promise<number | null>;
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  /** Keeps what goes out together, before it does. */
  batch(batch: NewBatch): Promise<void>;
  release(claim: { id: string; token: string; mayHaveArrived: boolean }): Promise<void>;
  /** Counts that something of ours failed on the delivery: its claim is left to expire. */
  fault(claim: { id: string; token: string }): Promise<void>;
  record(record: DeliveryRecord): Promise<void>;
  /** Makes due what waits for a delivery that has ended; for where many transactions go on at a time. */
  follow(ended: Ended): Promise<void>;
  /** Makes claims and the leases of lanes last; absent where there is one process. */
  renew?: Leases["renew"];
  /** Gives these lanes, or all of this process, to whoever wants them; absent where there is one process. */
  giveLanesBack?(lanes?: Parameters<Leases["giveBack"]>[0]): Promise<void>;
  /** Unless the endpoint has another version by now. */
  disable(endpointId: string, version: number, reason: string): Promise<void>;
}

/** What the worker is made of. */
export interface WorkerOptions {
  readonly store: WorkStore;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly held: HeldClaims;
  /** Of the lanes of other processes. */
  readonly holders: Holders;
  readonly tally?: Tally;
  readonly traffic?: Pick<Traffic, "recorded">;
  /** Lanes that are worked at the same time; the others wait for their turn. */
  readonly concurrency?: number;
  /** Sends under way in the whole process; beyond it each lane has one. */
  readonly mostSends?: number;
  readonly deliver: (group: Group, endpoint: Endpoint) => Promise<Delivered | Unsent>;
  /** Ends the sends under way; each comes back as interrupted. */
  readonly endSends: () => void;
  /** Gives the deliveries of file endpoints their names; others come back as they are. */
  readonly nameFiles: (claims: readonly Claimed[], endpoint: Endpoint) => Promise<readonly Claimed[]>;
}
