import { createHash } from "node:crypto";
import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import { onceEvery } from "../delivery/once-every.js";
import type { Publisher } from "../delivery/publish.js";
import { InputError, StoreUnavailableError } from "../errors.js";
import type { Logger } from "../logger.js";
import { connectRedis, RedisWatch, redisTarget, within } from "../queue/redis.js";
import { EVENT_BOUNDS } from "../schemas/event.js";
import { findHostile } from "../schemas/hostile.js";
import { MAX_ITEMS } from "../schemas/published.js";
import type { Clock } from "../types.js";
import { BoundedWorker } from "./bounded-worker.js";

const QUEUE = "waybell-events";
const JOB = "event";
/** Jobs that are published at the same time share a commit. */
const CONCURRENCY = 100;
const MAX_BYTES = 64 * 1024 * 1024;
const CLOSE_MS = 5_000;
/** How soon the jobs of a process that died are taken by another. */
const LOCK_MS = 15_000;
const STALLED_MS = 5_000;
/** A stall is no fault of the event: none fails for good. */
const NO_END_OF_STALLS = 1_000_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** A fault of our own that stays is shown in the failed set instead of being tried for ever. */
const STARTS_WITH_FAULTS = 20;
/** What is done is in the database; kept for ever, as BullMQ does, it would fill Redis. Unless its producer says otherwise. */
const COMPLETED_KEPT = { age: 3_600, count: 1_000 };
const FAILED_KEPT = { age: 7 * 86_400, count: 10_000 };
const FIELDS_NAMED = 50;
const COMPLAIN_MS = 60_000;

export interface EventIntakeOptions {
  readonly url: string;
  readonly publisher: Pick<Publisher, "publish">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Logger;
  /** Of the keys in Redis; BullMQ's own unless set, so that `new Queue("waybell-events")` reaches it. */
  readonly prefix?: string | undefined;
  /** Of jobs under way in this process; beyond it jobs are taken one by one. */
  readonly maxBytes?: number | undefined;
}

export interface EventIntake {
  close(): Promise<void>;
}

/** What BullMQ's failed set shows: every faulty field, with the index of its event where there are several. */
function refusal({ message, fields }: InputError): UnrecoverableError {
  const shown = fields.slice(0, FIELDS_NAMED).map(({ path, message: said }) => `${path || "the event"} ${said}`);
  const more = fields.length - shown.length;
  return new UnrecoverableError([message, ...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(" | "));
}

function itemsOf({ name, data }: Job<unknown>): readonly unknown[] {
  if (name !== JOB) {
    throw new UnrecoverableError(`Jobs on the queue "${QUEUE}" must be named "${JOB}": this one is named "${name}".`);
  }
  const hostile = findHostile(data);
  if (hostile) throw refusal(InputError.invalid([hostile]));
  if (!Array.isArray(data)) return [data];
  if (data.length === 0) throw new UnrecoverableError("The job's data is an empty list: there is nothing to publish.");
  if (data.length > MAX_ITEMS) {
    throw new UnrecoverableError(
      `The job's data has ${data.length} items: at most ${MAX_ITEMS} can be published at once.`,
    );
  }
  return data;
}

/**
 * The id of an event that has none: the same whenever its job runs, also when it is taken for stalled and runs twice.
 * The number of a job alone would not do: BullMQ counts from 1 again in a Redis that was emptied.
 */
function derivedId({ id, timestamp }: Job<unknown>, at: number | null): string {
  const full = `bullmq:${QUEUE}:${timestamp}:${id}${at === null ? "" : `:${at}`}`;
  if (full.length <= EVENT_BOUNDS.id) return full;
  return `bullmq:${QUEUE}:${createHash("sha256").update(full).digest("hex")}`;
}

function withId(job: Job<unknown>, item: unknown, at: number | null): unknown {
  // What is no event is the publisher's to refuse.
  if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
  const { id } = item as { readonly id?: unknown };
  return id === undefined ? { ...item, id: derivedId(job, at) } : item;
}

/** The publisher names the only item's fields as if it came alone. */
function inList(error: InputError): InputError {
  const fields = error.fields.map((field) => ({ ...field, path: `/0${field.path}` }));
  return error.withFields(fields);
}

function pauseAfter(starts: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(Math.max(0, starts - 1), 20), LONGEST_PAUSE_MS);
}

/** Publishes what one job carries, and answers as the API would. */
async function publishJob({ publisher }: EventIntakeOptions, job: Job<unknown>): Promise<unknown> {
  const items = itemsOf(job);
  const isList = Array.isArray(job.data);
  try {
    const results = await publisher.publish(items.map((item, at) => withId(job, item, isList ? at : null)));
    return isList ? results : results[0];
  } catch (error) {
    if (error instanceof InputError) throw refusal(isList && items.length === 1 ? inList(error) : error);
    throw error;
  }
}

/** Decides what a failure means for the job: for good, or later once more. */
export function createJobRunner(options: EventIntakeOptions): (job: Job<unknown>, token?: string) => Promise<unknown> {
  const { log, clock } = options;
  const mayComplain = onceEvery(clock, COMPLAIN_MS);
  return async (job, token) => {
    try {
      return await publishJob(options, job);
    } catch (error) {
      if (error instanceof UnrecoverableError) {
        log.warn({ queue: QUEUE, job: job.id, reason: error.message.slice(0, 500) }, "event job refused");
        throw error;
      }
      const waits = error instanceof StoreUnavailableError || job.attemptsStarted < STARTS_WITH_FAULTS;
      if (mayComplain()) log.error({ queue: QUEUE, job: job.id, err: error }, "event jobs cannot be published now");
      if (!waits) throw error;
      // By the time of day that BullMQ itself reckons with. It counts no attempt.
      await job.moveToDelayed(Date.now() + pauseAfter(job.attemptsStarted), token);
      throw new DelayedError();
    }
  };
}

/**
 * Takes events from the BullMQ queue `waybell-events`: jobs named `event` with one event, or a list of up to 1,000. A job
 * is completed, with the publisher's answer, after its events are committed. Connects in the background.
 */
export function createEventIntake(options: EventIntakeOptions): EventIntake {
  const { url, log, clock, prefix, maxBytes = MAX_BYTES } = options;
  const target = redisTarget(url);
  const meaning = "events on its queue wait until it is back";
  const watch = new RedisWatch({ where: target.where, meaning, log, clock, onBack: () => undefined });
  const connection = connectRedis(target, "work");
  watch.add(connection.client);
  const settings = {
    connection: connection.client,
    ...(prefix === undefined ? {} : { prefix }),
    skipVersionCheck: true,
    concurrency: CONCURRENCY,
    maxStalledCount: NO_END_OF_STALLS,
    removeOnComplete: COMPLETED_KEPT,
    removeOnFail: FAILED_KEPT,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_MS,
    // After an error of the connection BullMQ rests for 15 s.
    runRetryDelay: 1_000,
  };
  const worker = new BoundedWorker(QUEUE, createJobRunner(options), settings, maxBytes);
  worker.on("error", (error) => watch.complain(error, "an event job could not be taken or ended"));
  let closing: Promise<void> | undefined;
  return {
    close() {
      // A worker that is closed waits for Redis, however long that is away.
      closing ??= within(CLOSE_MS, worker.close()).then(() => {
        watch.end();
        connection.end();
      });
      return closing;
    },
  };
}
