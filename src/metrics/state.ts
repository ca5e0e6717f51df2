import { LANE_STATES, type Measures } from "../store/measures.js";
import type { Exposition } from "./exposition.js";

/** What this process has in its hands. */
export interface Load {
  readonly sending: number;
  readonly unrecorded: number;
  readonly lanes: number;
  readonly wakeUps: number;
  readonly heldBytes: number;
  /** The queue carries wake-ups. */
  readonly queueUp: boolean;
}

/** Sizes on the disk, in bytes; null where another machine has it. */
export interface DiskUse {
  readonly database: number;
  readonly log: number | null;
  readonly free: number | null;
}

/** What was found out for one scrape; null: not in time. */
export interface Seen {
  /** Epoch ms. */
  readonly now: number;
  readonly measures: Measures | null;
  readonly pending: number | null;
  readonly writable: boolean;
  readonly disk: DiskUse | null;
  readonly load: Load;
  /** Epoch ms of the last sweep that was done; null: none yet. */
  readonly sweptAt: number | null;
}

const seconds = (since: number | null, now: number): number =>
  since === null ? 0 : Math.max(0, Math.round(now - since) / 1000);

/** Of the database as a whole: every process that shares it says the same. */
function databaseMetrics(shown: Exposition<Seen>): void {
  shown.asked(
    "waybell_deliveries_pending",
    "Deliveries that wait, counted in the background, at most a minute old.",
    "gauge",
    ({ pending }) => pending,
  );
  const ofLanes = (name: string, help: string, value: (seen: Seen, state: string) => number) =>
    shown.asked(name, help, "gauge", (seen) =>
      seen.measures ? LANE_STATES.map((state) => ({ labels: { state }, value: value(seen, state) })) : null,
    );
  const of = ({ measures }: Seen, state: string) => measures?.lanes.find((found) => found.state === state);
  ofLanes(
    "waybell_lanes",
    "Lanes with waiting deliveries, by what they wait for.",
    (seen, state) => of(seen, state)?.lanes ?? 0,
  );
  ofLanes(
    "waybell_oldest_due_seconds",
    "For how long the delivery that is due the longest has been due, by what its lane waits for; 0: none is.",
    (seen, state) => seconds(of(seen, state)?.firstDue ?? null, seen.now),
  );
  shown.asked(
    "waybell_mails_waiting",
    "Alert mails that are not sent yet.",
    "gauge",
    ({ measures }) => measures?.mails.waiting ?? null,
  );
  shown.asked(
    "waybell_oldest_mail_due_seconds",
    "For how long the mail that is due the longest has been due.",
    "gauge",
    ({ measures, now }) => measures && seconds(measures.mails.firstDue, now),
  );
  shown.asked(
    "waybell_database_up",
    "1: a row could be written and synced, and questions were answered.",
    "gauge",
    (s) => (s.writable && s.measures ? 1 : 0),
  );
  shown.asked("waybell_database_bytes", "Size of the database, and of its log.", "gauge", ({ disk }) =>
    disk
      ? [
          { labels: { part: "data" }, value: disk.database },
          ...(disk.log === null ? [] : [{ labels: { part: "log" }, value: disk.log }]),
        ]
      : null,
  );
  shown.asked(
    "waybell_disk_free_bytes",
    "Room left on the disk of the data folder.",
    "gauge",
    ({ disk }) => disk?.free ?? null,
  );
}

/** The gauges: how things stand in the database and in this process. */
export function stateMetrics(shown: Exposition<Seen>): void {
  databaseMetrics(shown);
  shown.asked("waybell_sends_in_progress", "Sends under way in this process.", "gauge", ({ load }) => load.sending);
  shown.asked(
    "waybell_results_unrecorded",
    "Results that wait to be written; at 5000 nothing new is sent.",
    "gauge",
    ({ load }) => load.unrecorded,
  );
  shown.asked("waybell_lanes_loaded", "Lanes in the memory of this process.", "gauge", ({ load }) => load.lanes);
  shown.asked(
    "waybell_wakeups_waiting",
    "Wake-ups in the queue: at most one a lane.",
    "gauge",
    ({ load }) => load.wakeUps,
  );
  shown.asked("waybell_queue_up", "1: the queue carries wake-ups.", "gauge", ({ load }) => (load.queueUp ? 1 : 0));
  shown.asked(
    "waybell_claimed_event_bytes",
    "Events of claimed deliveries in the memory of this process.",
    "gauge",
    ({ load }) => load.heldBytes,
  );
  shown.asked(
    "waybell_last_sweep_timestamp_seconds",
    "When the last sweep was done, in seconds since the epoch.",
    "gauge",
    ({ sweptAt }) => sweptAt && Math.round(sweptAt) / 1000,
  );
}
