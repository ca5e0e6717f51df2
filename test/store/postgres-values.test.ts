import { describe, expect, it } from "vitest";
import { toQuery } from "../../src/store/postgres-values.js";

const listOf = (...texts: string[]) => toQuery({ sql: "SELECT each(?)", args: [texts] }).values[0];
const textOf = (text: string) => toQuery({ sql: "SELECT ?", args: [text] }).values[0];

describe("what PostgreSQL is asked with", () => {
  it.each([
    [[], "{}"],
    [["a", "b"], '{"a","b"}'],
    [[""], '{""}'],
    [["NULL", "null"], '{"NULL","null"}'],
    [['"', "\\", '\\"'], '{"\\"","\\\\","\\\\\\""}'],
    [["a,b", "{}", " x "], '{"a,b","{}"," x "}'],
    [["\0", "é🚚"], '{"\ufffd","é🚚"}'],
  ])("has the list %j as one value", (list, wanted) => {
    expect(listOf(...list)).toBe(wanted);
  });

  it.each([
    ["plain", "plain"],
    ["a\0\0b", "a\ufffd\ufffdb"],
    // No JSON: what looks like an escape stays.
    ["\\u0000 \\ud800", "\\u0000 \\ud800"],
    ['{"a":"\\u0000"}', '{"a":"\\ufffd"}'],
    ['["\\ud800","\\uDFFF"]', '["\\ufffd","\\ufffd"]'],
    ['["\\ud83d\\ude9a"]', '["\\ud83d\\ude9a"]'],
    ['["\\ud83d\\ud83d\\ude9a\\ude9a"]', '["\\ufffd\\ud83d\\ude9a\\ufffd"]'],
    ['["\\ude9a\\ud83d"]', '["\\ufffd\\ufffd"]'],
    // Escaped backslashes before it: an even number of them leaves the rest as it is.
    ['["\\\\u0000"]', '["\\\\u0000"]'],
    ['["\\\\\\u0000"]', '["\\\\\\ufffd"]'],
    ['["\\\\ud800"]', '["\\\\ud800"]'],
    ['["\\\\ud83d\\ude9a"]', '["\\\\ud83d\\ufffd"]'],
  ])("has the text %j as PostgreSQL may keep it", (text, wanted) => {
    expect(textOf(text)).toBe(wanted);
  });

  it("leaves numbers, conditions, bytes and nothing as they are", () => {
    const bytes = new Uint8Array([0, 255]);
    expect(toQuery({ sql: "SELECT ?, ?, ?, ?", args: [1, true, null, bytes] }).values).toEqual([1, true, null, bytes]);
  });

  it("has rows as one list a column, of any length", () => {
    const { text, values } = toQuery({
      sql: "WITH r(a, b) AS (:rows) SELECT a",
      columns: ["text", "integer"],
      values: ["x", 1, null, null, 'q"', 9_007_199_254_740_991],
    });
    expect(text).toBe("WITH r(a, b) AS (SELECT * FROM unnest($1::text[], $2::bigint[])) SELECT a");
    expect(values).toEqual(['{"x",NULL,"q\\""}', "{1,NULL,9007199254740991}"]);
    expect(toQuery({ sql: ":rows", columns: ["text"], values: [] }).values).toEqual(["{}"]);
    expect(toQuery({ sql: ":rows", columns: ["integer"], values: [true, false] }).values).toEqual(["{1,0}"]);
  });

  it("has a table's lists after the values beside it", () => {
    const { text, values } = toQuery({
      sql: "WITH r(a) AS (:table) SELECT ?1, a FROM r",
      columns: ["text"],
      table: [["x"], ["y"]],
      args: ["one"],
    });
    expect(text).toBe("WITH r(a) AS (SELECT * FROM unnest($2::text[])) SELECT $1, a FROM r");
    expect(values).toEqual(["one", '{"x","y"}']);
  });
});
