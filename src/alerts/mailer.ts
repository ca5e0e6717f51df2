import type { Logger } from "../logger.js";
import type { Backoff, DueMail, MailStore } from "../store/mails.js";
import type { Clock } from "../types.js";
import { createLoop, type Loop } from "./loop.js";
import { createSmtpSender, type SendResult, type SmtpSender } from "./smtp.js";

export interface MailerOptions {
  /** null: the mails are kept until there is one. */
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly store: MailStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this process sends for all; always where left out. */
  readonly maySend?: () => boolean;
}

/** Sends the mails that wait in the database. */
export interface Mailer extends Loop {
  /** Sends what is due; `start` repeats it each second. Never throws. */
  sendDue(): Promise<void>;
}

const SEND_EVERY_MS = 1000;
const MAILS_AT_ONCE = 5;
const ONE_MAIL_MS = 60_000;
const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
const BACKOFF: Backoff = { firstMs: 30_000, longestMs: HOUR, maxAttempts: triesWithin(WEEK) };

type Answer = SendResult & { readonly kind: "answered" };

/** What the mail server has said of a mail, and when. */
interface Answered {
  readonly mail: DueMail;
  readonly answer: Answer;
  readonly at: number;
}

function backoffMs(attempts: number): number {
  return Math.min(30_000 * 2 ** Math.min(attempts, 30), HOUR);
}

function triesWithin(ms: number): number {
  let tries = 1;
  for (let passed = 0; passed < ms; tries++) passed += backoffMs(tries - 1);
  return tries;
}

/** One sentence for the start when mails cannot be sent; null when they can. */
export async function mailerNotice(smtpUrl: string | null, store: Pick<MailStore, "waiting">): Promise<string | null> {
  if (smtpUrl) return null;
  const waiting = await store.waiting();
  const kept = waiting === 0 ? "" : ` ${waiting} ${waiting === 1 ? "is" : "are"} waiting.`;
  return `SMTP_URL is not set: alert mails are kept and go out once it is.${kept}`;
}

/**
 * The way out for mails. Each is a row before it is sent, and is sent until the mail server has taken or refused it for
 * good; a mail server that is down is asked again for as long as it takes. Nothing else waits for it.
 */
export function createMailer({ smtpUrl, mailFrom, store, clock, logger, maySend = () => true }: MailerOptions): Mailer {
  const sender = smtpUrl ? createSmtpSender(smtpUrl, mailFrom) : null;
  const abort = new AbortController();
  let sending: Promise<void> | null = null;
  // A mail that was accepted and could not be recorded (a full disk) must not go out again: nothing else is sent until
  // it is recorded, so that there is never more than one.
  let unrecorded: Answered | null = null;

  /** Told of already. */
  const closed = new Set<string>();

  function tellClosed({ id, kind, recipients }: DueMail): void {
    if (closed.has(id)) return;
    closed.add(id);
    const what =
      "mail: no key in SECRETS_KEYS opens its link: it waits for the key until it expires, ask for a new one";
    logger.warn({ mail: id, kind, recipients }, what);
  }

  async function sendOne(smtp: SmtpSender, mail: DueMail): Promise<SendResult> {
    const deadline = new AbortController();
    const cancel = clock.after(ONE_MAIL_MS, () => deadline.abort());
    try {
      return await smtp.send(mail, AbortSignal.any([deadline.signal, abort.signal]));
    } finally {
      cancel();
    }
  }

  async function record({ mail, answer: { outcomes, error }, at }: Answered): Promise<void> {
    const facts = { mail: mail.id, kind: mail.kind, lane: mail.laneId, attempts: mail.attempts + 1 };
    const refused = Object.keys(outcomes).filter((recipient) => outcomes[recipient] !== "");
    const left = mail.recipients.filter((recipient) => outcomes[recipient] === undefined);
    const again = left.length > 0 && mail.attempts + 1 < BACKOFF.maxAttempts;
    const state = again
      ? await store.postpone(mail.id, outcomes, at + backoffMs(mail.attempts), error)
      : await store.settle(mail.id, outcomes, at, error);
    if (refused.length > 0)
      logger.error({ ...facts, refused, error }, "mail: refused for good by some recipients' server");
    if (again) {
      logger.warn({ ...facts, left: left.length, error }, "mail: will be tried again");
      return;
    }
    if (left.length > 0) logger.error({ ...facts, left, error }, "mail: given up after a week for these recipients");
    if (state === "sent") logger.info(facts, "mail: sent");
    else logger.error({ ...facts, error }, "mail: given up, nobody got it");
  }

  async function recordLast(): Promise<void> {
    if (unrecorded) await record(unrecorded);
    unrecorded = null;
  }

  /** false: the mail server takes nothing at the moment. */
  async function send(smtp: SmtpSender, mail: DueMail): Promise<boolean> {
    const result = await sendOne(smtp, mail);
    const isAnswer = result.kind === "answered" && Object.keys(result.outcomes).length > 0;
    // Stopping is nobody's failure: the mail stays due.
    if (abort.signal.aborted && !isAnswer) return false;
    if (result.kind === "answered") {
      unrecorded = { mail, answer: result, at: clock.now() };
      await recordLast();
      return true;
    }
    await store.postponeAllDue(clock.now(), mail.id, BACKOFF, result.error);
    logger.warn({ error: result.error }, "mail: the mail server takes nothing, all mails will be tried again");
    return false;
  }

  async function sendAll(): Promise<void> {
    if (!sender || abort.signal.aborted) return;
    try {
      await recordLast();
      if (!maySend()) return;
      for (;;) {
        const mails = await store.due(clock.now(), MAILS_AT_ONCE, tellClosed);
        for (const mail of mails) {
          if (!maySend() || !(await send(sender, mail))) return;
        }
        if (mails.length < MAILS_AT_ONCE) return;
      }
    } catch (error) {
      logger.error({ err: error }, "mail: the mails could not be read or recorded");
    }
  }

  async function sendDue(): Promise<void> {
    sending ??= sendAll().finally(() => {
      sending = null;
    });
    await sending;
  }
  const loop = createLoop(clock, SEND_EVERY_MS, sendDue);
  return {
    sendDue,
    start: loop.start,
    async stop() {
      abort.abort();
      await loop.stop();
      sender?.close();
    },
  };
}
