import { StoreUnavailableError } from "../errors.js";
import type { Claimed } from "../store/claims.js";
import type { DeliveryRecord } from "../store/records.js";
import type { Endpoint } from "../types.js";
import { apart, type Group, takeFollowers } from "./batches.js";
import { atRest, type Lane } from "./lane.js";
import { takeIn } from "./lane-health.js";
import { onceEvery } from "./once-every.js";
import type { Recorder } from "./recorder.js";
import type { WorkerOptions } from "./worker-options.js";

/** Sends under way: as many as all lanes that are worked have by default. Each is a connection, of which a process may have 65,536. */
const SENDS = 16_384;

export interface SenderOptions extends WorkerOptions {
  readonly recorder: Recorder;
  /** The lane's endpoint was disabled: it goes on as it says now. */
  readonly refresh: (laneId: string) => Promise<void>;
}

/** Sends what was claimed, and sees that what became of it is recorded. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #mayComplain: () => boolean;
  #sending = 0;
  #stopping = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#mayComplain = onceEvery(options.clock, 60_000);
  }

  /** Sends under way. */
  get sending(): number {
    return this.#sending;
  }

  /** How many of `allowed` sends one lane may have under way: whatever others have, one. When that ends, it is looked at again. */
  within(allowed: number): number {
    return this.#sending < (this.#options.mostSends ?? SENDS) ? allowed : Math.min(allowed, 1);
  }

  /** From now on nothing more is begun. */
  stop(): void {
    this.#stopping = true;
  }

  /** Delivers a group of the lane's claims. Never rejects. */
  async send(lane: Lane, group: Group): Promise<void> {
    const { clock, log, deliver } = this.#options;
    const { members } = group;
    this.#sending++;
    lane.sending++;
    try {
      const endpoint = lane.endpoint ?? (await this.#callbackOf(group));
      const mayStart = this.#mayStart(group, endpoint) && (!group.isNew || (await this.#isKept(group)));
      const outcome = mayStart && endpoint ? await deliver(group, endpoint) : "not begun";
      if (typeof outcome === "object" && endpoint) {
        const { records, disable } = takeIn(lane, endpoint.version, outcome);
        for (let at = 0; at < records.length; at++) {
          const record = records[at];
          const gone = disable && at === 0 ? endpoint.version : null;
          if (record) void this.#record(lane, members[at] ?? members[0], record, gone);
        }
      } else if (endpoint && (lane.endpoint || endpoint.state === "active")) {
        for (const claimed of members) void this.release(claimed, outcome === "interrupted");
        lane.more = true;
      } else
        for (const claimed of members) void this.#record(lane, claimed, atRest(claimed, endpoint, clock.now()), null);
    } catch (error) {
      log.error({ delivery: group.id, lane: lane.id, err: error }, "delivery failed inside Waybell");
      this.#options.tally?.internalFault();
      // Where the database cannot be read, no member is to blame.
      const halves = members.length === 1 || error instanceof StoreUnavailableError ? [] : apart(group, clock.now());
      const isOurs = !(error instanceof StoreUnavailableError);
      if (halves.length === 0) for (const claimed of members) void this.#leave(claimed, isOurs);
      halves.forEach((half, at) => void this.#record(lane, members[at] ?? members[0], half, null));
    } finally {
      this.#sending--;
      lane.sending--;
    }
  }

  /** Gives a claim back. */
  async release(claimed: Claimed, mayHaveArrived = false): Promise<void> {
    const { id, token, laneId } = claimed;
    const late = await this.#options.recorder.release({ id, token, mayHaveArrived });
    this.#options.held.letGo(claimed);
    if (late) this.#options.queue.wake([{ laneId, at: this.#options.clock.now() }]);
  }

  /** Later statuses of an order that did not fit into the batch of the earlier ones wait until that is done. */
  releaseFollowers(lane: Lane, group: Group): void {
    const followers = takeFollowers(lane, group);
    if (followers.length > 0) lane.more = true;
    for (const claimed of followers) void this.release(claimed);
  }

  /** Leaves a claim to expire. `isOurs`: something of ours failed on the delivery, which is given up at the fifth time. */
  async #leave(claimed: Claimed, isOurs: boolean): Promise<void> {
    const { store, log, held } = this.#options;
    const { id, token } = claimed;
    const failed = (error: unknown) => log.warn({ delivery: id, err: error }, "internal fault not counted");
    if (isOurs) await store.fault({ id, token }).catch(failed);
    held.letGo(claimed);
  }

  /** The endpoint of one callback URL; undefined: it was deleted. */
  async #callbackOf({ members: [{ endpointId }] }: Group): Promise<Endpoint | undefined> {
    return (await this.#options.store.endpoints([endpointId])).get(endpointId);
  }

  /** Keeps a new batch before it is sent; false: it cannot be written now. */
  async #isKept(group: Group): Promise<boolean> {
    try {
      await this.#options.store.batch(group);
      return true;
    } catch (error) {
      if (this.#mayComplain()) this.#options.log.error({ batch: group.id, err: error }, "batch not kept: not sent yet");
      return false;
    }
  }

  /** A send never starts after its claim has expired, nor for an endpoint that is gone or at rest. */
  #mayStart({ members }: Group, endpoint: Endpoint | undefined): boolean {
    if (endpoint?.state !== "active" || this.#stopping) return false;
    const now = this.#options.clock.monotonic();
    return members.every(({ until }) => now < until);
  }

  /** `overlapped`: a claim went on beside the record, and may have seen the earlier one as it was before. */
  async #letFollowersGo(lane: Lane, { id, followers = 1 }: DeliveryRecord, overlapped: boolean): Promise<void> {
    const { store, queue, clock, log } = this.#options;
    const failed = (error: unknown) =>
      log.warn({ delivery: id, err: error }, "what waits for it may wait until it may overtake");
    if (overlapped && store.renew) await store.follow({ id, followers, now: clock.now() }).catch(failed);
    queue.wake([{ laneId: lane.id, at: clock.now() }]);
  }

  /** `disable`: the version of the endpoint that is gone; one that was changed since is left alone. */
  async #record(lane: Lane, claimed: Claimed, record: DeliveryRecord, disable: number | null): Promise<void> {
    const { store, log, queue, held, recorder, refresh, traffic } = this.#options;
    const claims = lane.claiming ? null : lane.claims;
    const written = await recorder.record(record);
    if (written) {
      traffic?.recorded(record, claimed.event.customer);
      held.letGo(claimed);
    } else await this.#leave(claimed, !this.#stopping);
    if (written && record.state === "pending") queue.wake([{ laneId: lane.id, at: record.dueAt }]);
    if (written && record.followers && record.state !== "pending")
      await this.#letFollowersGo(lane, record, lane.claims !== claims);
    if (disable === null) return;
    const disabled = written ? store.disable(record.endpointId, disable, "410 Gone") : Promise.resolve();
    await disabled.catch((error: unknown) => log.error({ endpoint: record.endpointId, err: error }, "not disabled"));
    await refresh(lane.id);
  }
}
