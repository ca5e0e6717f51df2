/** The claims in the hands of this process, by token: the sweep leaves them alone, however long they last. */
export class HeldClaims {
  readonly #counts = new Map<string, number>();

  get none(): boolean {
    return this.#counts.size === 0;
  }

  tokens(): string[] {
    return [...this.#counts.keys()];
  }

  take(token: string): void {
    this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
  }

  letGo(token: string): void {
    const left = (this.#counts.get(token) ?? 1) - 1;
    if (left > 0) this.#counts.set(token, left);
    else this.#counts.delete(token);
  }
}
