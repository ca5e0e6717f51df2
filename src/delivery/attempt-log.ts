import type { Logger } from "../logger.js";
import type { Claimed } from "../store/claims.js";
import type { DeliveryRecord } from "../store/records.js";
import type { Endpoint } from "../types.js";

const loggers = new WeakMap<Endpoint, Logger>();

/** With what is the same for each attempt of an endpoint written out once. */
function loggerOf(log: Logger, endpoint: Endpoint, address: string): Logger {
  let own = loggers.get(endpoint);
  if (!own) {
    own = log.child({
      endpoint: endpoint.id,
      customer: endpoint.customer,
      transport: endpoint.transport.type,
      address,
    });
    loggers.set(endpoint, own);
  }
  return own;
}

/** One line for each attempt of each delivery. */
export function logAttempt(
  log: Logger,
  { event, attempts }: Claimed,
  endpoint: Endpoint,
  record: DeliveryRecord,
): void {
  const { attempt } = record;
  if (!attempt || !log.isLevelEnabled("info")) return;
  loggerOf(log, endpoint, attempt.address).info(
    {
      delivery: record.id,
      batch: record.batch?.id,
      event: event.id,
      order: event.order,
      statusCode: event.statusCode,
      attempt: attempts + 1,
      outcome: attempt.outcome,
      fault: attempt.fault ?? undefined,
      code: attempt.code,
      bytes: attempt.sent?.bytes,
      ms: attempt.durationMs,
    },
    "attempt",
  );
}
