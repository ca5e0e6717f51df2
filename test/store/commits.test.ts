import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../../src/errors.js";
import { type CommitReport, Commits, type WriteKind } from "../../src/store/commits.js";
import { openStore, type Store } from "./kit.js";

let store: Store;
let reports: CommitReport[];
let commits: Commits;

beforeEach(async () => {
  store = await openStore();
  reports = [];
  commits = new Commits(store.database, { onCommit: (report) => void reports.push(report) });
  // Numbers in the order of the rows, as either database has them.
  const at = isSqlite() ? "INTEGER" : "bigserial";
  await run(`CREATE TABLE seen (at ${at} PRIMARY KEY, text TEXT NOT NULL)`);
});
afterEach(() => store.close());

const isSqlite = () => store.database.kind === "sqlite";
const run = (sql: string) => store.database.batch([{ sql, args: [] }]);

/** Leaves no room to write in, as a disk does that is full; in PostgreSQL only by what it then says. */
async function fillDisk(): Promise<void> {
  if (isSqlite()) {
    await store.database.prisma.$queryRawUnsafe("PRAGMA max_page_count = 1");
    return;
  }
  await run(`CREATE FUNCTION full_disk() RETURNS trigger AS
    $$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$ LANGUAGE plpgsql`);
  await run("CREATE TRIGGER full_disk BEFORE INSERT ON seen EXECUTE FUNCTION full_disk()");
}

async function freeDisk(): Promise<void> {
  if (isSqlite()) await store.database.prisma.$queryRawUnsafe("PRAGMA max_page_count = 1000000");
  else await run("DROP TRIGGER full_disk ON seen");
}

/** Writes each row's text, and gives the number of texts that are there back; a null is refused by the table. */
const texts = (rank: number): WriteKind<string | null, number> => ({
  rank,
  statements: (rows) => [
    { sql: "WITH r(text) AS (:rows) INSERT INTO seen (text) SELECT text FROM r", columns: ["text"], values: rows },
    { sql: "SELECT json_array((SELECT count(*) FROM seen))", args: [] },
  ],
  results: (cells, rows) => rows.map(() => (cells[1] as [number])[0]),
});
const first = texts(1);
const second = texts(2);
const third = texts(3);

const seen = () =>
  store.database.json<string[]>("SELECT json_group_array(text) FROM (SELECT text FROM seen ORDER BY at) AS found");

describe("commits", () => {
  it("write what comes together in one transaction, and tell each row its result", async () => {
    const results = await Promise.all(["a", "b", "c"].map((text) => commits.add(first, text)));
    expect(results).toEqual([3, 3, 3]);
    expect(await seen()).toEqual(["a", "b", "c"]);
    expect(reports).toMatchObject([{ rows: 3 }]);
  });

  it("run the kinds of a transaction by rank, whatever the order in which they came", async () => {
    await Promise.all([
      commits.add(third, "3"),
      commits.add(first, "1"),
      commits.add(second, "2"),
      commits.add(first, "1b"),
    ]);
    expect(await seen()).toEqual(["1", "1b", "2", "3"]);
    expect(reports).toHaveLength(1);
  });

  it("write the rest without a row that is refused", async () => {
    const rows = Array.from({ length: 37 }, (_, at) => (at === 11 ? null : `r${at}`));
    const outcomes = await Promise.allSettled([
      ...rows.map((row) => commits.add(second, row)),
      commits.add(first, "beside"),
      commits.add(third, "after"),
    ]);
    expect(outcomes.flatMap(({ status }, at) => (status === "rejected" ? [at] : []))).toEqual([11]);
    expect(new Set(await seen())).toEqual(new Set([...rows.filter((row) => row !== null), "beside", "after"]));
  });

  it("refuse all rows alike when the disk is full, and write again when there is room", async () => {
    await fillDisk();
    const filler = "x".repeat(500_000);
    const outcomes = await Promise.allSettled([commits.add(first, filler), commits.add(second, "small")]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(StoreUnavailableError) });
    }
    expect(outcomes[0]).toMatchObject({ reason: { reason: "full" } });
    expect(await seen()).toEqual([]);
    await freeDisk();
    await Promise.all([commits.add(first, filler), commits.add(second, "small")]);
    expect(await seen()).toHaveLength(2);
  });

  it("refuse a row whose statements cannot be made, and write the others", async () => {
    const odd: WriteKind<() => string, number> = {
      ...(texts(1) as unknown as WriteKind<() => string, number>),
      statements: (rows) => first.statements(rows.map((row) => row())),
    };
    const outcomes = await Promise.allSettled([
      commits.add(odd, () => "fine"),
      commits.add(odd, () => {
        throw new Error("odd");
      }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(await seen()).toEqual(["fine"]);
  });

  it("settle when everything that was handed over is written or refused", async () => {
    const outcomes: string[] = [];
    for (let at = 0; at < 5; at++) {
      void commits.add(first, at === 3 ? null : `r${at}`).then(
        () => outcomes.push("written"),
        () => outcomes.push("refused"),
      );
      // What comes while a transaction runs goes with the next.
      if (at === 1) await new Promise((turn) => setImmediate(turn));
    }
    await commits.settle();
    expect(outcomes).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === "refused")).toHaveLength(1);
    await commits.settle();
  });

  it("do not keep what comes alone waiting for others", async () => {
    const start = performance.now();
    for (let at = 0; at < 5; at++) await commits.add(first, `r${at}`);
    expect(reports).toHaveLength(5);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it("put results that can wait into the commit of one that cannot", async () => {
    const patient = { ...second, patienceMs: 60_000 };
    const waiting = commits.add(patient, "patient");
    await commits.add(first, "now");
    await waiting;
    expect(reports).toMatchObject([{ rows: 2 }]);
  });
});
