import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/api/json.js";
import { InputError } from "../../src/errors.js";
import { plainFaults } from "../support/plain-faults.js";

const refusal = (text: string | Buffer): InputError => {
  try {
    parseJson(Buffer.from(text));
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("it was taken");
};

describe("parseJson", () => {
  it.each(['{"a":[1,-2.5e3,true,false,null,"x\\u00e9\\n"]}', "[]", "{}", '"a"', "7", ' { "a" : { } } ', "[[],[{}]]"])(
    "takes %s",
    (text) => expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text)),
  );

  it("ignores a byte order mark", () => expect(parseJson(Buffer.from('\ufeff{"a":1}'))).toEqual({ a: 1 }));

  it.each([
    ['{"a":}', "line 1, column 6: a value is missing"],
    ['{"a":1,}', "line 1, column 8: a name in double quotes is missing"],
    ["[1 2]", "line 1, column 4: a comma or the closing bracket"],
    ['{"a":1,\n  "b" 2}', "line 2, column 7: a colon is missing"],
    ["{'a':1}", "line 1, column 2: a name in double quotes or }"],
    ["abc", "line 1, column 1: a value"],
    ["", "ends too early"],
    ['{"a":"b', "ends too early"],
    ['{"a":[1,2', "ends too early"],
    ['"a\nb"', "line 1, column 3: a string holds"],
    ['"\\x"', "line 1, column 3: a string holds"],
    ['"\\u12g4"', "line 1, column 3: a string holds"],
    ["{} {}", "line 1, column 4: something follows"],
    ["[1]]", "line 1, column 4: something follows"],
    ["[1}", "line 1, column 3: a comma"],
    ["[,1]", "line 1, column 2: a value or ]"],
    ["01", "line 1, column 2: something follows"],
    ["tru", "line 1, column 1: a value"],
  ])("names the place of the fault in %j", (text, message) => {
    const error = refusal(text);
    expect(error.status).toBe(400);
    expect(error.message).toContain(message);
  });

  it("finds a place for whatever the engine refuses", () => {
    const valid = '{"a":[1,{"b":"c\\"d"},null],"e":-1.5e3}';
    for (let at = 0; at < valid.length; at++) {
      for (const text of [
        valid.slice(0, at),
        valid.slice(0, at) + valid.slice(at + 1),
        `${valid.slice(0, at)}#${valid.slice(at)}`,
      ]) {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        if (!parses) expect(refusal(text).message, text).toMatch(/ at line 1, column \d+: /);
      }
    }
  });

  it("quotes nothing of what was sent", () => {
    expect(refusal('{"password":"hunter2" "x"}').message).not.toContain("hunter2");
  });

  it("refuses bytes that are no UTF-8", () => {
    expect(refusal(Buffer.from([0x22, 0xff, 0x22])).message).toContain("UTF-8");
  });

  it("refuses 100,000 nested arrays and objects", () => {
    const deep = 100_000;
    expect(refusal("[".repeat(deep) + "]".repeat(deep)).fields[0]?.message).toContain("nested deeper than 64");
    expect(refusal(`${'{"a":'.repeat(deep)}1${"}".repeat(deep)}`).fields[0]?.message).toContain("nested deeper");
    expect(refusal("[".repeat(deep)).status).toBe(400);
  });

  it("refuses names that reach a prototype, however they are written", () => {
    expect(plainFaults(refusal('{"a":[{"__proto__":{"x":1}}]}').fields)).toEqual([
      { path: "/a/0/__proto__", message: "is not allowed as a name" },
    ]);
    expect(refusal('{"\\u005f_proto__":1}').status).toBe(422);
    expect(refusal('{"constructor":{"prototype":{"x":1}}}').status).toBe(422);
    expect(parseJson(Buffer.from('{"constructor":"Acme"}'))).toEqual({ constructor: "Acme" });
  });

  it("bounds the parts of a large document, not the length of its texts", () => {
    expect(refusal(`[${"[],".repeat(2_500_000)}1]`).code).toBe("too_complex");
    const long = `["${'[\\",'.repeat(2_000_000)}"]`;
    expect(parseJson(Buffer.from(long))).toHaveLength(1);
  });
});
