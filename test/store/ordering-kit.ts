import { createReplayer } from "../../src/delivery/replay.js";
import type { Claimed, ClaimRequest } from "../../src/store/claims.js";
import type { DeliveryFilter } from "../../src/store/deliveries.js";
import { createDeliveries } from "../../src/store/deliveries.js";
import { createDeliveryActions } from "../../src/store/deliveries-actions.js";
import { expireWaiting } from "../../src/store/lanes.js";
import type { DeliveryRecord } from "../../src/store/records.js";
import { replayable } from "../../src/store/replays.js";
import type { Endpoint, EndpointInput, Status } from "../../src/types.js";
import { openRoad, recordingQueue } from "../delivery/kit.js";
import { post } from "./kit.js";

export const HOUR = 3_600_000;
const BEGIN = Date.UTC(2023, 6, 19, 9);
const SEND_MS = 15_000;
const START_MS = 20_000;

/** The store's road with one endpoint that keeps an order; on the database of this run. */
export async function openOrdered(limits: NonNullable<EndpointInput["limits"]>) {
  const road = await openRoad();
  await road.customers.put("acme", {});
  const erp: Endpoint = await road.endpoints.create("acme", { ...post(), limits });
  const actions = createDeliveryActions(road);
  const deliveries = createDeliveries(road.database);
  const replayer = createReplayer<DeliveryFilter>({
    store: { ...road.publishStore, selected: (filter) => replayable(road.database, road.endpoints, filter) },
    queue: recordingQueue().queue,
    clock: road.clock,
  });
  let tokens = 0;
  const get = async (id: string) => {
    const found = await deliveries.get(id);
    if (!found) throw new Error(`there is no delivery ${id}`);
    return found;
  };
  const claim = async (more: Partial<ClaimRequest> = {}): Promise<Claimed[]> => {
    const { limits } = (await road.endpoints.get(erp.id)) ?? erp;
    const order =
      limits.order === "none" ? {} : { order: { mode: limits.order, overtakeAfterMs: limits.overtakeAfterMs } };
    const request = { laneId: erp.laneId, limit: 512, startMs: START_MS, sendMs: SEND_MS, until: START_MS };
    const answer = await road.road.claim({
      ...request,
      now: road.clock.now(),
      token: `clm_${++tokens}`,
      ...order,
      ...more,
    });
    return answer.claims;
  };
  return {
    ...road,
    erp,
    actions,
    deliveries,
    replayer,
    get,
    claim,
    /** The ids of what a claim takes. */
    claimed: async (more: Partial<ClaimRequest> = {}) => (await claim(more)).map(({ id }) => id),
    /** Publishes a status that an order had `minutes` after nine; returns its delivery's id. */
    async publish(minutes: number, more: Record<string, unknown> & { status?: Status } = {}): Promise<string> {
      const statusTime = new Date(BEGIN + minutes * 60_000).toISOString();
      const [result] = await road.publisher.publish([
        { customer: "acme", order: "A1", statusCode: "take", statusTime, ...more },
      ]);
      const { items } = await deliveries.list({ event: result?.id ?? "" });
      return items[0]?.id ?? "";
    },
    /** Records what became of a claimed delivery. */
    async end({ id, token, attempts }: Claimed, state: DeliveryRecord["state"], dueInMs = 0): Promise<void> {
      const now = road.clock.now();
      await road.road.record({
        id,
        token,
        attempts,
        endpointId: erp.id,
        laneId: erp.laneId,
        state,
        reason: state === "failed" ? "attempts exhausted" : "",
        fault: null,
        lastError: "",
        step: 1,
        mayHaveArrived: false,
        dueAt: now + dueInMs,
        finishedAt: state === "pending" ? null : now,
        attempt: null,
        lane: null,
        followers: 1,
      });
    },
    expire: (now: number) => expireWaiting(road.database, erp.laneId, now),
    stateOf: async (id: string) => {
      const { state, reason } = await get(id);
      return reason === "" ? state : `${state}: ${reason}`;
    },
  };
}

export type Ordered = Awaited<ReturnType<typeof openOrdered>>;
