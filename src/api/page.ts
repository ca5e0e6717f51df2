export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  /** Epoch ms: what is older was not looked at. */
  readonly searchedTo?: number;
}
