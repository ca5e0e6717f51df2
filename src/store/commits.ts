import { StoreUnavailableError } from "../errors.js";
import type { Database, Statement } from "./database.js";

/** One kind of write of the hot road: how a set of its rows becomes SQL, and what comes back for each row. */
export interface WriteKind<Row, Result> {
  /** Kinds run in this order within a transaction: what is published can be claimed in the same commit. */
  readonly rank: number;
  /** How long its rows may wait for a commit that is made for others; 0: somebody waits for them. */
  readonly patienceMs?: number;
  /** How many rows of the database one of its rows is; 1 when left out. */
  weight?(row: Row): number;
  statements(rows: readonly Row[]): Statement[];
  /** `cells`: the parsed first cell of each of this kind's statements. One result per row, in their order. */
  results(cells: readonly unknown[], rows: readonly Row[]): Result[];
}

interface Waiting {
  readonly row: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}
type Kind = WriteKind<unknown, unknown>;

/** What is told of each commit: for metrics and benchmarks. */
export interface CommitReport {
  readonly rows: number;
  readonly ms: number;
}

/** So many rows that wait are written without waiting for the commit under way: it is made ready meanwhile. */
const FULL = 1000;
const MAX_UNDER_WAY = 2;

/**
 * Writes what is added in one transaction with one fsync. Nothing waits to be gathered but rows with patience: under load
 * what is added while a commit is under way makes the next one.
 */
export class Commits {
  readonly #database: Database;
  readonly #onCommit: (report: CommitReport) => void;
  #waiting = new Map<Kind, Waiting[]>();
  /** When the next flush is due, and what cancels it. */
  #next: { readonly at: number; readonly cancel: () => void } | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #count = 0;

  constructor(database: Database, { onCommit = () => {} }: CommitsOptions = {}) {
    this.#database = database;
    this.#onCommit = onCommit;
  }

  /** Writes `row` with the next commit. Rejects with StoreUnavailableError when nothing was written. */
  add<Row, Result>(kind: WriteKind<Row, Result>, row: Row): Promise<Result> {
    return new Promise((resolve, reject) => {
      const entry = { row, resolve: resolve as Waiting["resolve"], reject };
      const list = this.#waiting.get(kind as Kind);
      if (list) list.push(entry);
      else this.#waiting.set(kind as Kind, [entry]);
      this.#count += kind.weight?.(row) ?? 1;
      this.#schedule(kind.patienceMs ?? 0);
    });
  }

  /** Resolves when everything added so far has been written or refused. */
  async settle(): Promise<void> {
    while (this.#waiting.size > 0 || this.#underWay.size > 0) {
      if (this.#waiting.size > 0) this.#flush();
      await Promise.all(this.#underWay);
    }
  }

  #schedule(patienceMs: number): void {
    const { size } = this.#underWay;
    if (size >= MAX_UNDER_WAY || (size > 0 && this.#count < FULL)) return;
    const now = performance.now();
    const at = now + patienceMs;
    if (this.#next && this.#next.at <= at) return;
    this.#next?.cancel();
    if (at <= now) {
      const immediate = setImmediate(() => this.#flush());
      this.#next = { at, cancel: () => clearImmediate(immediate) };
    } else {
      const timer = setTimeout(() => this.#flush(), at - now);
      this.#next = { at, cancel: () => clearTimeout(timer) };
    }
  }

  #flush(): void {
    this.#next?.cancel();
    this.#next = undefined;
    const taken = [...this.#waiting].sort(([a], [b]) => a.rank - b.rank);
    this.#waiting = new Map();
    this.#count = 0;
    const running = this.#write(taken).finally(() => {
      this.#underWay.delete(running);
      for (const { patienceMs = 0 } of this.#waiting.keys()) this.#schedule(patienceMs);
    });
    this.#underWay.add(running);
  }

  /** Writes all; when a row is refused, the rest is written without it: by halves, first the kinds, then the rows. */
  async #write(taken: readonly (readonly [Kind, readonly Waiting[]])[]): Promise<void> {
    try {
      await this.#commit(taken);
    } catch (error) {
      const [first] = taken;
      const alone = taken.length === 1 && first?.[1].length === 1;
      if (error instanceof StoreUnavailableError || alone || !first) {
        for (const [, entries] of taken) for (const { reject } of entries) reject(error);
        return;
      }
      for (const half of split(taken)) await this.#write(half);
    }
  }

  async #commit(taken: readonly (readonly [Kind, readonly Waiting[]])[]): Promise<void> {
    const start = performance.now();
    const sets = taken.map(([kind, entries]) => {
      const rows = entries.map(({ row }) => row);
      return { kind, entries, rows, statements: kind.statements(rows) };
    });
    const cells = await this.#database.batchJson(sets.flatMap(({ statements }) => statements));
    let at = 0;
    let count = 0;
    for (const { kind, entries, rows, statements } of sets) {
      const results = kind.results(cells.slice(at, at + statements.length), rows);
      at += statements.length;
      count += rows.length;
      entries.forEach(({ resolve }, index) => {
        resolve(results[index]);
      });
    }
    this.#onCommit({ rows: count, ms: performance.now() - start });
  }
}

export interface CommitsOptions {
  readonly onCommit?: (report: CommitReport) => void;
}

function split<T>(taken: readonly (readonly [Kind, readonly T[]])[]): (readonly [Kind, readonly T[]])[][] {
  if (taken.length > 1) return taken.map((one) => [one]);
  const [only] = taken;
  if (!only) return [];
  const middle = only[1].length >> 1;
  return [[[only[0], only[1].slice(0, middle)]], [[only[0], only[1].slice(middle)]]];
}
