import { Readable } from "node:stream";
import { busy } from "../api/problems.js";
import { refusal } from "../schemas/rules/rules.js";
import type { Clock } from "../types.js";
import type { PageAnswer } from "./page.js";
import type { Session } from "./session.js";

const EVERY_MS = 2_000;
/** A connection that says nothing is cut by proxies, and by the server itself after 30 s. */
const QUIET_MS = 15_000;
/** How often it is asked whether somebody is still signed in: the database is asked for it. */
const ASK_SESSION_MS = 10_000;
/** A browser asks again by itself. */
const LONGEST_MS = 10 * 60_000;
/** A reader that takes nothing for so long is let go. */
const STUCK_MS = 30_000;
const MOST = 100;
const MOST_OF_ONE = 25;
const AGAIN_MS = 3_000;

/** Tells a browser to ask no more: whoever was signed in is not. Any other end it takes for a broken connection. */
export const END_EVENT = "end";

/** Parts of a page by the names of their events. */
export type Parts = Readonly<Record<string, string>>;

interface Stream {
  readonly body: Readable;
  readonly session: Session;
  readonly openedAt: number;
  readonly sent: Map<string, string>;
  look(): Promise<Parts>;
  /** When it was written to, or was seen to have taken all that was. */
  wroteAt: number;
  tookAt: number;
  askedAt: number;
  looks: boolean;
}

function eventText(name: string, data: string): string {
  if (!/[\r\n]/.test(data)) return `event: ${name}\ndata: ${data}\n\n`;
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `event: ${name}\n${lines.join("")}\n`;
}

/**
 * The streams of server-sent events that are open: all of them look at the same moments, so that what they share is made
 * once; a reader gets what has changed, and is never sent more before it has taken what came before.
 */
export class Streams {
  readonly #clock: Clock;
  readonly #open = new Set<Stream>();
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  /** A stream of the parts that `look` makes. Throws a 503 when there are too many. */
  open(session: Session, look: () => Promise<Parts>): PageAnswer {
    const own = [...this.#open].filter((each) => each.session.principal.keyId === session.principal.keyId).length;
    if (this.#stopped || this.#open.size >= MOST || own >= MOST_OF_ONE) {
      throw busy(refusal("pages_open"));
    }
    const now = this.#clock.monotonic();
    const body = new Readable({ read() {} });
    const stream: Stream = {
      body,
      session,
      look,
      openedAt: now,
      sent: new Map(),
      wroteAt: now,
      tookAt: now,
      askedAt: now,
      looks: false,
    };
    body.once("close", () => this.#open.delete(stream));
    this.#open.add(stream);
    body.push(`retry: ${AGAIN_MS}\n\n`);
    void this.#turn(stream);
    this.#later();
    return { file: { status: 200, contentType: "text/event-stream; charset=utf-8", body } };
  }

  /** Ends all of them. Nobody is told that it is for good: their browsers ask for the process that comes after this one. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    for (const stream of this.#open) this.#end(stream);
  }

  #later(): void {
    if (this.#cancel || this.#stopped || this.#open.size === 0) return;
    this.#cancel = this.#clock.after(EVERY_MS, () => {
      const turns = [...this.#open].map((stream) => this.#turn(stream));
      void Promise.all(turns).then(() => {
        this.#cancel = undefined;
        this.#later();
      });
    });
  }

  /** `last`: what is sent before. */
  #end(stream: Stream, last?: string): void {
    this.#open.delete(stream);
    if (last !== undefined) stream.body.push(last);
    stream.body.push(null);
  }

  /** Whether its reader is signed in still. */
  #isSignedIn(stream: Stream, now: number): boolean {
    if (now - stream.askedAt < ASK_SESSION_MS) return true;
    stream.askedAt = now;
    try {
      stream.session.principal.requireKey();
      return true;
    } catch {
      return false;
    }
  }

  /** Never rejects. */
  async #turn(stream: Stream): Promise<void> {
    const { body, sent } = stream;
    const now = this.#clock.monotonic();
    if (body.destroyed || stream.looks) return;
    if (!this.#isSignedIn(stream, now)) return this.#end(stream, eventText(END_EVENT, "signed out"));
    if (now - stream.openedAt >= LONGEST_MS) return this.#end(stream);
    if (body.readableLength > 0 && sent.size > 0) {
      if (now - stream.tookAt >= STUCK_MS) body.destroy();
      return;
    }
    stream.tookAt = now;
    stream.looks = true;
    let text = "";
    try {
      for (const [name, part] of Object.entries(await stream.look())) {
        if (sent.get(name) === part) continue;
        sent.set(name, part);
        text += eventText(name, part);
      }
    } catch {
      // The page stays as it is; whether the session has ended is seen above.
    } finally {
      stream.looks = false;
    }
    if (text === "" && now - stream.wroteAt >= QUIET_MS) text = ": quiet\n\n";
    if (text === "" || body.destroyed || !this.#open.has(stream)) return;
    stream.wroteAt = now;
    body.push(text);
  }
}
