import { newId } from "../ids.js";
import type { Claimed } from "../store/claims.js";
import type { DeliveryRecord } from "../store/records.js";
import { type Lane, maxEventsOf } from "./lane.js";

/** What goes out in one request: a delivery, or the members of a batch. */
export interface Group {
  /** `webhook-id`: of the delivery, or of the batch. */
  readonly id: string;
  readonly members: readonly [Claimed, ...Claimed[]];
  /** Its members are not kept yet: they must be, before it is sent. */
  readonly isNew: boolean;
  readonly isBatch: boolean;
}

/** What tells how far the next batch of a lane has filled. */
export interface GatherStore {
  /** What is due in a lane, up to `most`; `fixed`: some of it belongs to a batch already. */
  gathered(laneId: string, now: number, most: number): Promise<{ count: number; since: number; fixed: boolean }>;
}

/** Texts, pictures and documents of one batch; base64 as they are sent. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

function bytesOf({ bytes, event: { body } }: Claimed): number {
  const { pictures = [], documents = [], signatures = [] } = body;
  const refs = [...pictures, ...documents, ...signatures.map(({ image }) => image)];
  return refs.reduce((sum, { length }) => sum + length, bytes);
}

/** How many of the claimed deliveries that belong to no batch yet make the next one; `isFull`: more would not fit. */
function nextBatch(buffer: readonly Claimed[], most: number): { members: Claimed[]; isFull: boolean } {
  const members: Claimed[] = [];
  let bytes = 0;
  for (const claimed of buffer) {
    if (claimed.batchId !== null) continue;
    bytes += bytesOf(claimed);
    if (members.length > 0 && bytes > MAX_BATCH_BYTES) return { members, isFull: true };
    members.push(claimed);
    if (members.length === most) return { members, isFull: true };
  }
  return { members, isFull: false };
}

/**
 * Whether what is claimed is worth sending: a batch that more may be added to waits for the claim that brings it. Not so
 * when memory is too full for that claim, nor when what is claimed beyond it goes out in batches of its own.
 */
export function isReady(lane: Lane, isFull: boolean): boolean {
  const most = maxEventsOf(lane);
  const [first] = lane.buffer;
  if (!first) return false;
  if (most === 1 || isFull || !(lane.more || lane.claiming)) return true;
  return lane.buffer.some(({ batchId }) => batchId !== null) || nextBatch(lane.buffer, most).isFull;
}

/**
 * Until when (epoch ms) what is claimed waits for more events although nothing more is claimed now: the rest of a claim
 * that held a full batch as well. null: it goes out.
 */
export function restWaitsUntil(lane: Lane, now: number): number | null {
  const { maxEvents = 1, maxWaitMs = 0 } = lane.endpoint?.limits.batch ?? {};
  if (maxEvents === 1 || maxWaitMs === 0 || lane.buffer.length === 0) return null;
  // What was tried before has waited.
  if (lane.buffer.some(({ batchId, step }) => batchId !== null || step > 0)) return null;
  if (nextBatch(lane.buffer, maxEvents).isFull) return null;
  const until = Math.min(...lane.buffer.map(({ createdAt }) => createdAt)) + maxWaitMs;
  return now < until ? until : null;
}

/** The first of an order first, as its statuses are, whatever came first. */
export function byPlace({ event: a }: Claimed, { event: b }: Claimed): number {
  return a.statusTime - b.statusTime || (a.id < b.id ? -1 : 1);
}

/** Takes what is claimed and waits for a delivery of the group, being a later status of its order, out of the lane. */
export function takeFollowers(lane: Lane, { members }: Group): Claimed[] {
  const keys = new Set(members.flatMap(({ orderKey }) => orderKey ?? []));
  if (keys.size === 0 || lane.endpoint?.limits.order !== "per-order") return [];
  const follows = ({ orderKey }: Claimed) => orderKey !== null && keys.has(orderKey);
  const followers = lane.buffer.filter(follows);
  if (followers.length > 0) lane.buffer = lane.buffer.filter((claimed) => !follows(claimed));
  return followers;
}

/** Takes what goes out next from what is claimed. */
export function takeGroup(lane: Lane): Group | null {
  const [first] = lane.buffer;
  if (!first) return null;
  const most = maxEventsOf(lane);
  if (most === 1) {
    lane.buffer.shift();
    return { id: first.id, members: [first], isNew: false, isBatch: false };
  }
  const { batchId } = first;
  const rest =
    batchId === null ? nextBatch(lane.buffer, most).members : lane.buffer.filter((other) => other.batchId === batchId);
  const taken = new Set(rest);
  lane.buffer = lane.buffer.filter((claimed) => !taken.has(claimed));
  // By id, not by when they are due, which a retry changes: the same batch has the same bytes each time.
  const isPlaced = lane.endpoint?.limits.order === "per-order";
  const [oldest = first, ...others] = rest.sort(isPlaced ? byPlace : (a, b) => (a.id < b.id ? -1 : 1));
  const members: Group["members"] = [oldest, ...others];
  return { id: batchId ?? newId("bat"), members, isNew: batchId === null, isBatch: true };
}

/**
 * The members of a batch that Waybell itself failed on, to go out in halves: one of them may be what it fails on, and
 * that one alone loses its claims then. Nothing was tried.
 */
export function apart(group: Group, now: number): readonly DeliveryRecord[] {
  const halves = halvesOf(group);
  return group.members.map(({ id, token, attempts, endpointId, laneId, step }, at) => ({
    id,
    token,
    attempts,
    endpointId,
    laneId,
    step,
    state: "pending",
    reason: "",
    fault: "internal",
    lastError: "Waybell itself failed on the batch that this was in.",
    mayHaveArrived: true,
    dueAt: now,
    finishedAt: null,
    attempt: null,
    batchId: halves[at] ?? group.id,
    lane: null,
  }));
}

/** The ids of the halves that a refused batch goes out in next, by member: the first half's for the first ones. */
export function halvesOf({ members }: Group): readonly string[] {
  const ids = [newId("bat"), newId("bat")] as const;
  const middle = Math.ceil(members.length / 2);
  return members.map((_member, at) => (at < middle ? ids[0] : ids[1]));
}

/**
 * Whether the next batch of a lane still waits for more events: until then (epoch ms), or for the first one; null: it is
 * to be claimed now. What comes after this look is not claimed by it: it wakes the lane again.
 */
export async function waitsUntil(lane: Lane, store: GatherStore, now: number): Promise<number | "for an event" | null> {
  const { maxEvents = 1, maxWaitMs = 0 } = lane.endpoint?.limits.batch ?? {};
  if (maxEvents === 1 || maxWaitMs === 0 || lane.buffer.length > 0) return null;
  const { count, since, fixed } = await store.gathered(lane.id, now, maxEvents);
  if (count === 0) return "for an event";
  return count >= maxEvents || fixed || now >= since + maxWaitMs ? null : since + maxWaitMs;
}
