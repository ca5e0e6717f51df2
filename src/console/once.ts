import { createHash } from "node:crypto";
import type { Clock } from "../types.js";
import type { PageAnswer, PageContext } from "./page.js";
import type { Session } from "./session.js";

/** The field of a form by which it is known again. */
export const ONCE = "once";

/** A second click comes within seconds, also where a browser sends it late. */
const KNOWN_MS = 2 * 60_000;
const MOST = 500;
/** So that nobody's forms take the place of all others'. */
const MOST_OF_SESSION = 30;
/** Of a longer form the page that answers it is not kept, and its second sending is known only while the first goes on. */
const MOST_CHARACTERS = 16 * 1024;

interface Sent {
  readonly session: string;
  readonly answer: Promise<PageAnswer>;
  readonly until: number;
}

/**
 * Forms that were sent a short while ago: the same form once more, by a second click or by loading its answer anew, is
 * answered like the first and does nothing. Known to this process alone: of several on one port, a browser without the
 * script, which disables the button, may reach another on a second connection.
 */
export class Once {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #sent = new Map<string, Sent>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#sent.size;
  }

  /** Does what a form asks for, unless that was done; a refusal is none. */
  run({ form, request }: PageContext, session: Session, act: () => Promise<PageAnswer>): Promise<PageAnswer> {
    if (!form.has(ONCE)) return act();
    const text = form.toString();
    // What was changed in the form since is another one.
    const key = createHash("sha256").update(`${session.id} ${request.url} ${text}`).digest("base64");
    const now = this.#clock.monotonic();
    const known = this.#sent.get(key);
    if (known && known.until > now) return known.answer;
    const answer = act();
    this.#sent.delete(key);
    this.#sent.set(key, { session: session.id, answer, until: now + KNOWN_MS });
    this.#forgetOf(session.id);
    this.#forget(now);
    const forget = () => {
      if (this.#sent.get(key)?.answer === answer) this.#sent.delete(key);
    };
    answer.then((given) => {
      if (!isDone(given, text)) forget();
    }, forget);
    return answer;
  }

  #forgetOf(session: string): void {
    const own = [...this.#sent].filter(([, sent]) => sent.session === session);
    for (const [key] of own.slice(0, -MOST_OF_SESSION)) this.#sent.delete(key);
  }

  #forget(now: number): void {
    for (const [key, { until }] of this.#sent) {
      if (until > now && this.#sent.size <= MOST) return;
      this.#sent.delete(key);
    }
  }
}

/**
 * Whether an answer stands for its form a while: a form that is shown again has done nothing, a stream is read once, and
 * whoever asks for a test again wants it made anew.
 */
function isDone(answer: PageAnswer, text: string): boolean {
  if ("location" in answer) return true;
  return "title" in answer && !answer.isAskedAnew && (answer.status ?? 200) < 400 && text.length <= MOST_CHARACTERS;
}
