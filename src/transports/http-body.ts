import { NEEDED_BYTES } from "./http-answer.js";

/** What each answer may keep whatever others keep: more than almost all have. */
const OWN_BYTES = 4 * 1024;
/** What all answers of the process may keep beyond that; where it is used up, records hold less of them. */
const SHARED_BYTES = 32 * 1024 * 1024;
const FIRST_BYTES = 1024;
/** How much of an answer is looked into at once, beside the length of what is looked for. */
const WINDOW_BYTES = 4 * 1024;

let sharedLeft = SHARED_BYTES;

/** Finds a text in what comes bit by bit, holding no more of it than a window. */
class TextSearch {
  readonly #wanted: Buffer;
  #window: Buffer | undefined;
  #length = 0;
  #found = false;

  constructor(wanted: Buffer) {
    this.#wanted = wanted;
  }

  add(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#found; ) {
      this.#window ??= Buffer.allocUnsafeSlow(WINDOW_BYTES + this.#wanted.length);
      const taken = chunk.copy(this.#window, this.#length, at);
      at += taken;
      this.#length += taken;
      if (this.#length === this.#window.length) this.#look(this.#window);
    }
  }

  found(): boolean {
    if (!this.#found && this.#window) this.#look(this.#window);
    return this.#found;
  }

  #look(window: Buffer): void {
    this.#found = window.subarray(0, this.#length).includes(this.#wanted);
    // What is looked for may begin here and end in what is still to come.
    const kept = Math.min(this.#length, this.#wanted.length - 1);
    window.copy(window, 0, this.#length - kept, this.#length);
    this.#length = kept;
    if (this.#found) this.#window = undefined;
  }
}

/**
 * The body of an answer as it comes: its beginning is kept, the rest is only looked into. In as many pieces as it may
 * come, it takes no more memory than its bytes, and never more than those that are kept and a window.
 */
export class AnswerBody {
  readonly #wanted: Buffer | undefined;
  readonly #own: number;
  #kept: Buffer | undefined;
  /** Of what is kept. */
  #length = 0;
  #received = 0;
  #shared = 0;
  /** Once a piece was not kept, those after it are not either. */
  #isFull = false;
  #rest: TextSearch | undefined;

  /** `wanted`: the text that it is looked into for; empty: none. `own`: bytes that are kept whatever others keep. */
  constructor(wanted: string, own = OWN_BYTES) {
    this.#wanted = wanted === "" ? undefined : Buffer.from(wanted);
    this.#own = own;
  }

  /** Bytes that came. */
  get received(): number {
    return this.#received;
  }

  /** As much as a record keeps, or as there was room for. */
  get beginning(): Buffer | undefined {
    return this.#kept?.subarray(0, this.#length);
  }

  add(chunk: Buffer): void {
    this.#received += chunk.length;
    const held = this.#isFull ? 0 : this.#keep(chunk);
    if (held === chunk.length) return;
    this.#isFull = true;
    if (!this.#wanted) return;
    if (!this.#rest) {
      this.#rest = new TextSearch(this.#wanted);
      this.#rest.add(this.beginning?.subarray(-this.#wanted.length) ?? Buffer.alloc(0));
    }
    this.#rest.add(chunk.subarray(held));
  }

  /** Whether the text that is looked for has come. */
  holdsText(): boolean {
    if (!this.#wanted) return true;
    return this.beginning?.includes(this.#wanted) || this.#rest?.found() === true;
  }

  /** Gives back what it has of the room that all share. */
  release(): void {
    sharedLeft += this.#shared;
    this.#shared = 0;
  }

  /** How many bytes of it were kept. */
  #keep(chunk: Buffer): number {
    // Almost all answers come in one piece. Of a long one it may hold more memory than its own.
    if (!this.#kept && chunk.buffer.byteLength <= OWN_BYTES) {
      this.#kept = chunk;
      this.#length = chunk.length;
      return chunk.length;
    }
    const kept = this.#roomFor(Math.min(this.#length + chunk.length, NEEDED_BYTES));
    const taken = chunk.copy(kept, this.#length);
    this.#length += taken;
    return taken;
  }

  #roomFor(bytes: number): Buffer {
    const kept = this.#kept ?? Buffer.alloc(0);
    if (bytes <= kept.length && this.#length < kept.length) return kept;
    let size = Math.max(FIRST_BYTES, kept.length);
    while (size < bytes) size *= 2;
    size = Math.min(size, NEEDED_BYTES);
    const shared = Math.max(0, size - this.#own);
    if (shared - this.#shared > sharedLeft) size = Math.max(this.#own, kept.length);
    else {
      sharedLeft -= shared - this.#shared;
      this.#shared = shared;
    }
    if (size <= kept.length) return kept;
    this.#kept = Buffer.allocUnsafeSlow(size);
    kept.copy(this.#kept, 0, 0, this.#length);
    return this.#kept;
  }
}
