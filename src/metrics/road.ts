import type { Tally } from "../delivery/tally.js";
import { InputError } from "../errors.js";
import type { CommitReport } from "../store/commits.js";
import type { TraceContext } from "../tracing.js";
import type { Attempt } from "../types.js";
import type { Counter, Exposition, Histogram, Labels } from "./exposition.js";
import type { Seen } from "./state.js";

const RESULTS = ["accepted", "duplicate", "refused", "unavailable"] as const;
type Result = (typeof RESULTS)[number];

/** What an attempt can come to, as `delivery/decide.ts` decides it. */
const OUTCOMES: readonly (readonly [outcome: Attempt["outcome"], faults: readonly (Attempt["fault"] | "none")[]])[] = [
  ["delivered", ["none"]],
  ["retry", ["connection", "ambiguous", "response"]],
  ["held", ["config"]],
  ["failed", ["config", "connection", "ambiguous", "response"]],
  ["split", ["config", "connection", "ambiguous", "response"]],
];

/** Reasons of `delivery/decide.ts` and of the sweep. */
const REASONS = ["attempts exhausted", "expired", "gone", "config", "internal", "other"] as const;
const OTHER = "other";

/** From a receiver in the next rack to an upload at its deadline. */
const ATTEMPT_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];
const COMMIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const COMMIT_ROWS = [1, 4, 16, 64, 256, 1024, 4096];

/** What published items came to. */
export type PublishTally = (result: Result, items: number) => void;

type Tried = Pick<Attempt, "transport" | "outcome" | "fault">;
const attemptKey = ({ transport, outcome, fault }: Tried) => `${transport} ${outcome} ${fault ?? "none"}`;

function byKey<T>(keys: readonly string[], series: readonly T[]): ReadonlyMap<string, T> {
  return new Map(keys.map((key, at) => [key, series[at] as T]));
}

function attempts(shown: Exposition<Seen>, transports: readonly string[]) {
  const labels = [...transports, OTHER].flatMap((transport) =>
    OUTCOMES.flatMap(([outcome, faults]) =>
      faults.map((fault) => ({ transport, outcome, fault: fault ?? "none" }) satisfies Labels),
    ),
  );
  const help = "Tries to send a delivery, or a batch of them, by transport, outcome and whose fault a failure was.";
  const counters = shown.counters("waybell_attempts_total", help, labels);
  const durations = shown.histograms(
    "waybell_attempt_duration_seconds",
    "How long attempts took, from rendering to the answer.",
    ATTEMPT_SECONDS,
    [...transports, OTHER].map((transport) => ({ transport })),
  );
  const counted = byKey(
    labels.map(({ transport, outcome, fault }) => `${transport} ${outcome} ${fault}`),
    counters,
  );
  const timed = byKey<Histogram>([...transports, OTHER], durations);
  return (attempt: Tried & Pick<Attempt, "durationMs">): void => {
    const { durationMs } = attempt;
    // A transport that an older version had: its name is not let into the labels.
    const counter = counted.get(attemptKey(attempt)) ?? counted.get(attemptKey({ ...attempt, transport: OTHER }));
    if (counter) counter.value++;
    (timed.get(attempt.transport) ?? timed.get(OTHER))?.observe(durationMs / 1000);
  };
}

function finished(shown: Exposition<Seen>) {
  const labels = [
    { state: "delivered", reason: "none" },
    ...REASONS.map((reason) => ({ state: "failed", reason: reason.replaceAll(" ", "_") })),
  ];
  const help = "Deliveries that were delivered or given up; what is canceled is not counted.";
  const [delivered, ...failures] = shown.counters("waybell_deliveries_finished_total", help, labels);
  const failed = byKey<Counter>(REASONS, failures);
  return (state: string, reason: string, deliveries = 1): void => {
    const counter = state === "delivered" ? delivered : (failed.get(reason) ?? failed.get(OTHER));
    if (counter) counter.value += deliveries;
  };
}

/** The counters of the road, and what counts them. `transports`: the names of all that there are. */
export function roadMetrics(shown: Exposition<Seen>, transports: readonly string[]) {
  const events = byKey<Counter>(
    RESULTS,
    shown.counters(
      "waybell_events_total",
      "Published events: accepted, repeated (duplicate), refused as faulty, or not taken because the database was not there.",
      RESULTS.map((result) => ({ result })),
    ),
  );
  const created = shown.counter("waybell_deliveries_created_total", "Deliveries made of events, replays included.");
  const finish = finished(shown);
  const attempt = attempts(shown, transports);
  const faults = shown.counter("waybell_internal_faults_total", "Sends that failed inside Waybell itself.");
  const expired = shown.counter("waybell_claims_expired_total", "Claims that expired without a result.");
  const sweeps = shown.counters("waybell_sweeps_total", "Sweeps of the database, every 5 s, by how they ended.", [
    { result: "done" },
    { result: "failed" },
  ]);
  const rows = shown.histogram("waybell_commit_rows", "Rows written together in one transaction.", COMMIT_ROWS);
  const seconds = shown.histogram(
    "waybell_commit_duration_seconds",
    "How long a transaction of the road took, its fsync included.",
    COMMIT_SECONDS,
  );
  const tally: Tally = {
    created(deliveries) {
      created.value += deliveries;
    },
    attempt,
    recorded({ state, reason }) {
      if (state === "delivered" || state === "failed") finish(state, reason);
    },
    gaveUp: (reason, deliveries) => finish("failed", reason, deliveries),
    internalFault() {
      faults.value++;
    },
    claimsExpired(claims) {
      expired.value += claims;
    },
    swept(done) {
      const counter = sweeps[done ? 0 : 1];
      if (counter) counter.value++;
    },
  };
  return {
    tally,
    published(result: Result, items: number): void {
      const counter = events.get(result);
      if (counter) counter.value += items;
    },
    committed(report: CommitReport): void {
      rows.observe(report.rows);
      seconds.observe(report.ms / 1000);
    },
  };
}

interface Published {
  readonly duplicate: boolean;
}

interface Publishing<R extends Published> {
  publish(items: readonly unknown[], trace?: TraceContext): Promise<R[]>;
  publishEach(items: readonly unknown[], trace?: TraceContext): Promise<(R | Error)[]>;
}

const refusal = (error: unknown): Result => (error instanceof InputError ? "refused" : "unavailable");

/** The publisher, with what becomes of its items counted. */
export function countedPublisher<R extends Published>(publisher: Publishing<R>, count: PublishTally): Publishing<R> {
  function tell(results: readonly (R | Error)[]): void {
    const found = { accepted: 0, duplicate: 0, refused: 0, unavailable: 0 };
    for (const result of results) {
      if (result instanceof Error) found[refusal(result)]++;
      else found[result.duplicate ? "duplicate" : "accepted"]++;
    }
    for (const result of RESULTS) count(result, found[result]);
  }
  return {
    async publish(items, trace) {
      try {
        const results = await publisher.publish(items, trace);
        tell(results);
        return results;
      } catch (error) {
        // All or none: one faulty item refuses the others too.
        count(refusal(error), items.length);
        throw error;
      }
    },
    async publishEach(items, trace) {
      const results = await publisher.publishEach(items, trace);
      tell(results);
      return results;
    },
  };
}
