import type { Readiness } from "./api/services.js";
import type { Clock } from "./types.js";

export interface ReadinessOptions {
  /** Writes and syncs a row; throws when it cannot. */
  readonly canWrite: () => Promise<unknown>;
  readonly mailIsSetUp: boolean;
  /** Whether wake-ups go between processes; null: there is one process. */
  readonly queue?: (() => { readonly ok: boolean; readonly detail: string }) | null;
  /** When the newest event of the database arrived, epoch ms; null: there is none. */
  readonly newestEvent?: () => Promise<number | null>;
  /** Secrets that no key opens; null: nobody has looked yet. */
  readonly unreadable?: () => number | null;
  readonly clock: Clock;
}

/** An answer serves everybody who asks for so long: whoever asks, without a key, costs the disk one write in it. */
const KEPT_MS = 1_000;

/** Makes what tells whether the service can take events. */
export function createReadiness({
  canWrite,
  mailIsSetUp,
  queue = null,
  newestEvent,
  unreadable = () => null,
  clock,
}: ReadinessOptions): () => Promise<Readiness> {
  const mail = { ok: true, detail: mailIsSetUp ? "is set up" : "SMTP_URL is not set: alert mails are kept" };
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  let looking = false;

  async function look(): Promise<Readiness> {
    const database = await canWrite()
      .then(() => ({ ok: true, detail: "can be written" }))
      .catch((error: Error) => ({ ok: false, detail: error.message }));
    // After a restore it tells since when the producers have to publish again.
    const newest = newestEvent && database.ok ? await newestEvent().catch(() => null) : undefined;
    const told = newest === null ? "there is none" : `the newest is of ${new Date(newest ?? 0).toISOString()}`;
    const events = newest === undefined ? {} : { events: { ok: true, detail: told } };
    const closed = unreadable() ?? 0;
    const detail = `${closed} cannot be read: waybell secrets status`;
    const secrets = closed > 0 ? { secrets: { ok: false, detail } } : {};
    // Without a queue all is taken, and goes out as the sweep of the database finds it.
    return {
      ready: database.ok,
      parts: { database, ...(queue ? { queue: queue() } : {}), mail, ...events, ...secrets },
    };
  }

  return () => {
    const now = clock.monotonic();
    if (last && (looking || now - last.at < KEPT_MS)) return last.answer;
    looking = true;
    const answer = look().finally(() => {
      looking = false;
    });
    last = { at: now, answer };
    return answer;
  };
}
