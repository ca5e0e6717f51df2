import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PlainStatement, Statement } from "../../src/store/database.js";
import { toPostgres, toSqlite } from "../../src/store/sql.js";
import { openTestDatabase, type TestDatabase } from "../support/databases.js";

describe("the SQL of the store becomes", () => {
  it.each([
    ["SELECT ?, ?, ?", "SELECT $1, $2, $3"],
    ["SELECT ?2, ?1, ?2", "SELECT $2, $1, $2"],
    ["SELECT ?3, ?1, ?", "SELECT $3, $1, $4"],
    ["FROM each(?1)", "FROM unnest($1::text[]) WITH ORDINALITY AS each(value, key)"],
    ["FROM each(?) w WHERE w.key", "FROM unnest($1::text[]) WITH ORDINALITY AS w(value, key) WHERE w.key"],
    ["FROM each(?2) AS w JOIN t", "FROM unnest($2::text[]) WITH ORDINALITY AS w(value, key) JOIN t"],
    ["FROM each(?) LEFT JOIN t", "FROM unnest($1::text[]) WITH ORDINALITY AS each(value, key) LEFT JOIN t"],
    ["IN (SELECT value FROM each(?))", "IN (SELECT value FROM unnest($1::text[]) WITH ORDINALITY AS each(value, key))"],
    ["json_array(a, f(b), ')')", "json_build_array(a, f(b), ')')"],
    ["json_object('a', json_array(1))", "json_build_object('a', json_build_array(1))"],
    ["json_group_array(x ORDER BY y)", "coalesce(json_agg(x ORDER BY y), '[]'::json)"],
    ["json_group_object(k, v)", "coalesce(json_object_agg(k, v), '{}'::json)"],
    ["json_quote(json(body))", "to_json((body)::json)"],
    ["json_merged(f(a, ','), b)", "((f(a, ','))::jsonb || ( b)::jsonb)::text"],
    ["greatest(a, least(b, 1))", "greatest(a, least(b, 1))"],
    ["FROM t INDEXED BY t_x WHERE", "FROM t WHERE"],
    ["to_json(x), jsonb_agg(y)", "to_json(x), jsonb_agg(y)"],
  ])("%s for PostgreSQL", (sql, wanted) => {
    expect(toPostgres(sql)).toBe(wanted);
    // From what was kept of the first time.
    expect(toPostgres(sql)).toBe(wanted);
  });

  it.each([
    ["FROM each(?1) w", "FROM json_each(?1) w"],
    ["greatest(a, least(b, ')'))", "max(a, min(b, ')'))"],
    ["json_array(json_quote(a))", "json_array(json_quote(a))"],
    ["FROM t INDEXED BY t_x", "FROM t INDEXED BY t_x"],
  ])("%s for SQLite", (sql, wanted) => {
    expect(toSqlite(sql)).toBe(wanted);
  });

  it("an error where a parenthesis or an argument is missing", () => {
    expect(() => toPostgres("json_array(a, ')'")).toThrow(/no "\)" .* json_array|no "\)"/);
    expect(() => toSqlite("json_merged(a)")).toThrow(/no ","/);
  });
});

/** Texts that go wrong when they are not quoted for where they go. */
const NASTY = [
  "",
  "NULL",
  "null",
  "{}",
  '{"a"}',
  "a,b",
  'say "hi"',
  "back\\slash",
  "\\",
  "'",
  " x ",
  "\t\r\n",
  "é日🚚",
  "%_$1?",
];

describe("a word of the store's SQL means the same in both databases:", () => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await openTestDatabase();
    const insert = "INSERT INTO lanes (id, customer_id, label, failures, held_at, held_reason) :rows";
    await test.database.batch([
      {
        sql: insert,
        columns: ["text", "text", "text", "integer", "integer", "text"],
        values: [
          "b",
          "c",
          "l",
          2,
          9_007_199_254_740_991,
          null,
          "a",
          "c",
          'q"\\',
          1,
          null,
          "é",
          "B",
          "d",
          "",
          3,
          -5,
          "",
        ],
      },
    ]);
  });
  afterAll(() => test.close());

  const ask = (sql: string, ...args: PlainStatement["args"]) => test.database.json<unknown>(sql, ...args);
  const run = (statement: Statement) => test.database.jsonOf<unknown>(statement);

  it.each<[word: string, wanted: unknown, sql: string, ...args: PlainStatement["args"]]>([
    ["?", ["x", 2, "x"], "SELECT json_array(CAST(?1 AS text), CAST(? AS bigint), CAST(?1 AS text))", "x", 2],
    ["? of null", [null], "SELECT json_array(CAST(? AS text))", null],
    ["? of true", 1, "SELECT CASE WHEN CAST(?1 AS bigint) = 1 THEN 1 ELSE 0 END", 1],
    ["? of a large integer", [9_007_199_254_740_991], "SELECT json_array(CAST(? AS bigint))", 9_007_199_254_740_991],
    ["each()", NASTY, "SELECT json_group_array(value) FROM (SELECT value FROM each(?1) ORDER BY key) AS l", NASTY],
    ["each() of nothing", [], "SELECT json_group_array(value) FROM each(?1)", []],
    [
      "each() twice",
      [4],
      "SELECT json_array(count(*)) FROM each(?1) a JOIN each(?2) b ON a.value <> b.value",
      ["1", "2"],
      ["3", "4"],
    ],
    [
      "IN (each())",
      ["B", "a"],
      "SELECT json_group_array(id) FROM (SELECT id FROM lanes WHERE id IN (SELECT value FROM each(?)) ORDER BY id) AS l",
      ["a", "B", "x"],
    ],
    [
      "json_array",
      [1, "a", null, ["b"], { c: 1 }],
      "SELECT json_array(1, 'a', NULL, json_array('b'), json_object('c', 1))",
    ],
    [
      "json_object of a row",
      { id: "a", label: 'q"\\', held: null, reason: "é" },
      "SELECT json_object('id', id, 'label', label, 'held', held_at, 'reason', held_reason) FROM lanes WHERE id = 'a'",
    ],
    ["json_quote of a text", 'q"\\', "SELECT json_quote(label) FROM lanes WHERE id = 'a'"],
    ["json_quote of an integer", 9_007_199_254_740_991, "SELECT json_quote(held_at) FROM lanes WHERE id = 'b'"],
    ["json_quote of null", null, "SELECT json_quote(held_at) FROM lanes WHERE id = 'a'"],
    ["no row", null, "SELECT json_quote(held_at) FROM lanes WHERE id = 'none'"],
    ["json", { a: [1, "é\\", { b: null }] }, "SELECT json(CAST(? AS text))", '{"a":[1,"é\\\\",{"b":null}]}'],
    ["json inside", [{ a: 1 }], "SELECT json_array(json(CAST(? AS text)))", '{"a":1}'],
    ["json of null", [null], "SELECT json_array(json(CAST(? AS text)))", null],
    [
      "json_group_array in an order",
      ["B", "a", "b"],
      "SELECT json_group_array(id) FROM (SELECT id FROM lanes ORDER BY id) AS l",
    ],
    ["json_group_array of nothing", [], "SELECT json_group_array(id) FROM lanes WHERE id = 'none'"],
    ["json_group_object", { a: 1, b: 2, B: 3 }, "SELECT json_group_object(id, failures) FROM lanes"],
    ["json_group_object of nothing", {}, "SELECT json_group_object(id, failures) FROM lanes WHERE id = 'none'"],
    ["greatest", [3, -5], "SELECT json_array(greatest(1, 3, 2), least(held_at, 0)) FROM lanes WHERE id = 'B'"],
    [
      "INDEXED BY",
      ["a"],
      "SELECT json_group_array(id) FROM lanes INDEXED BY lanes_shard_of_idx WHERE shard_of IS NULL AND failures = 1",
    ],
  ])("%s", async (_word, wanted, sql, ...args) => {
    expect(await ask(sql, ...args)).toEqual(wanted);
  });

  it("a condition in JSON, which is true or 1", async () => {
    const [yes, no] = (await ask("SELECT json_array(1 = 1, 1 = 2)")) as unknown[];
    expect([Boolean(yes), Boolean(no)]).toEqual([true, false]);
  });

  it.each([
    [{}, {}],
    [
      { a: 1, b: { c: 1 } },
      { b: { d: 2 }, e: null },
    ],
    [
      { a: null, "k y": 'é"\\' },
      { a: [1, "x"], n: 0.1 },
    ],
    [{ a: "1,2", b: ")" }, {}],
  ])("json_merged(%j, %j)", async (old, fresh) => {
    const sql = "SELECT json_merged(CAST(?1 AS text), CAST(?2 AS text))";
    expect(await ask(sql, JSON.stringify(old), JSON.stringify(fresh))).toEqual({ ...old, ...fresh });
  });

  it(":table, with values beside it", async () => {
    const rows = NASTY.map((text, at) => [text, at % 2 === 0 ? null : at]);
    const sql = `WITH r(name, number) AS (:table)
      SELECT json_group_array(json_array(name, number, CAST(?1 AS text))) FROM (SELECT * FROM r) AS l`;
    const found = await run({ sql, columns: ["text", "integer"], table: rows, args: ["x"] });
    expect(found).toEqual(rows.map((row) => [...row, "x"]));
    expect(await run({ sql, columns: ["text", "integer"], table: [], args: ["x"] })).toEqual([]);
  });

  it(":rows, any number of them", async () => {
    const values = Array.from({ length: 345 }, (_, at) => [`${at} ${NASTY[at % NASTY.length]}`, at % 3 ? at : null]);
    const sql =
      "WITH r(key, at) AS (:rows) INSERT INTO meta (key, value) SELECT key, coalesce(CAST(CAST(at AS bigint) AS text), 'none') FROM r";
    await test.database.batch([{ sql, columns: ["text", "integer"], values: values.flat() }]);
    const found = (await ask("SELECT json_group_object(key, value) FROM meta WHERE key LIKE '% %'")) as object;
    expect(found).toEqual(Object.fromEntries(values.map(([key, at]) => [key, String(at ?? "none")])));
  });

  it("texts that no database keeps whole: half a character, and where it must be a NUL", async () => {
    const given = ["a\0b", "\ud800", "x\udc00\ud83d\ude9a", '{"a":"\\ud800"}', '["\\ud83d\\ude9a"]'];
    const nul = test.database.kind === "sqlite" ? "a\0b" : "a\ufffdb";
    const sql = "SELECT json_group_array(value) FROM (SELECT value FROM each(?1) ORDER BY key) AS l";
    const [first, ...others] = (await ask(sql, given)) as string[];
    expect(first).toBe(nul);
    expect(others.slice(0, 2)).toEqual(["\ufffd", "x\ufffd🚚"]);
    expect(JSON.parse(others[3] ?? "")).toEqual(["🚚"]);
  });

  it("what was changed, of statements that return nothing", async () => {
    const nothing = { sql: "UPDATE lanes SET failures = failures WHERE id = 'none'", args: [] };
    const two = { sql: "UPDATE lanes SET failures = failures WHERE customer_id = ?", args: ["c"] };
    const one = { sql: "UPDATE lanes SET failures = 7 WHERE id = ? RETURNING json_array(id, failures)", args: ["a"] };
    expect(await test.database.batchJson([nothing, two, one, nothing])).toEqual([0, 2, ["a", 7], 0]);
  });
});
