const NEWLINE = 0x0a;
const RETURN = 0x0d;
const FIRST_ROOM = 4096;

/** One line of a request, without its end. */
export interface Line {
  /** 1 for the first line of the body; blank lines count. */
  readonly number: number;
  /** null: it was longer than allowed and its bytes were dropped. */
  readonly bytes: Buffer | null;
}

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === RETURN);

/** Cuts a body into lines as its bytes come; blank ones are left out, and one that is too long is never held whole. */
export class LineSplitter {
  readonly #maxBytes: number;
  /** The line that has not ended yet, in the first `#length` bytes. One growing buffer: chunks may be a byte each. */
  #held: Buffer = Buffer.alloc(0);
  #length = 0;
  #tooLong = false;
  #number = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are held of the line that has not ended yet. */
  get pending(): number {
    return this.#length;
  }

  /** The lines that end in this chunk. Their bytes lie in the chunk where they can: use them before the next call. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#end(chunk.subarray(from, end), lines);
      from = end + 1;
    }
    this.#hold(chunk.subarray(from));
    return lines;
  }

  /** The last line, when no newline ended it. */
  end(): Line[] {
    const lines: Line[] = [];
    if (this.#length > 0 || this.#tooLong) this.#end(Buffer.alloc(0), lines);
    return lines;
  }

  #hold(part: Buffer): void {
    if (this.#tooLong || part.length === 0) return;
    const length = this.#length + part.length;
    if (length > this.#maxBytes) {
      this.#tooLong = true;
      this.#length = 0;
      this.#held = Buffer.alloc(0);
      return;
    }
    if (length > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#held.length * 2, FIRST_ROOM));
      this.#held.copy(grown, 0, 0, this.#length);
      this.#held = grown;
    }
    part.copy(this.#held, this.#length);
    this.#length = length;
  }

  #end(part: Buffer, lines: Line[]): void {
    const number = ++this.#number;
    const held = this.#length > 0;
    if (held) this.#hold(part);
    const bytes = held ? this.#held.subarray(0, this.#length) : part;
    if (this.#tooLong || bytes.length > this.#maxBytes) lines.push({ number, bytes: null });
    else if (!isBlank(bytes)) lines.push({ number, bytes });
    this.#held = Buffer.alloc(0);
    this.#length = 0;
    this.#tooLong = false;
  }
}
