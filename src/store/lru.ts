/** A map that forgets what was used longest ago beyond `capacity` entries, or beyond `maxBytes` of all of them. */
export class Lru<K, V> {
  readonly #entries = new Map<K, V>();
  /** Of those that have any. */
  readonly #bytesOf = new Map<K, number>();
  readonly #capacity: number;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(capacity: number, maxBytes = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** `bytes`: what the value takes, about. What takes more than all may is not kept. */
  set(key: K, value: V, bytes = 0): void {
    this.delete(key);
    if (bytes > this.#maxBytes) return;
    this.#entries.set(key, value);
    if (bytes > 0) this.#bytesOf.set(key, bytes);
    this.#bytes += bytes;
    while (this.#entries.size > this.#capacity || this.#bytes > this.#maxBytes) this.#forgetOldest();
  }

  delete(key: K): void {
    if (!this.#entries.delete(key)) return;
    this.#bytes -= this.#bytesOf.get(key) ?? 0;
    this.#bytesOf.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytesOf.clear();
    this.#bytes = 0;
  }

  /** Forgets the entries that `doomed` picks. */
  deleteWhere(doomed: (value: V) => boolean): void {
    for (const [key, value] of this.#entries) if (doomed(value)) this.delete(key);
  }

  #forgetOldest(): void {
    for (const key of this.#entries.keys()) {
      this.delete(key);
      return;
    }
  }
}
