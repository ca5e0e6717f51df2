import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MOST_CHARACTERS, readYaml, writeYaml } from "../../src/endpoint-files/yaml.js";
import { plainFaults } from "../support/plain-faults.js";

function parsed(text: string): unknown {
  const read = readYaml(text);
  if ("faults" in read) throw new Error(JSON.stringify(read.faults));
  return read.file.value;
}
function faultsOf(text: string) {
  const read = readYaml(text);
  return "faults" in read ? read.faults : [];
}

describe("reading YAML", () => {
  it("takes YAML and JSON, and says on which line a place stands", () => {
    const read = readYaml("\ufeffcustomer: acme\r\nendpoints:\r\n  - name: ERP\r\n    transport:\r\n      url: x\r\n");
    if ("faults" in read) throw new Error("it is sound");
    expect(read.file.value).toEqual({ customer: "acme", endpoints: [{ name: "ERP", transport: { url: "x" } }] });
    const { lineOf } = read.file;
    expect(["/customer", "/endpoints/0/transport/url", "/endpoints/0/transport/host", "/nowhere"].map(lineOf)).toEqual([
      1, 5, 4, 1,
    ]);
    expect(parsed('{"a": [1, "\\u00e9\\n", null, true]}')).toEqual({ a: [1, "é\n", null, true] });
  });

  it("names each fault by its line", () => {
    expect(faultsOf("a: [1\nb: }\n").map(({ line }) => line)).toContain(2);
    expect(plainFaults(faultsOf("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n"))).toEqual([
      { path: "/b/c", message: "stands here twice", line: 3 },
      { path: "/a", message: "stands here twice", line: 1 },
    ]);
    expect(faultsOf("a: 1\nb: .inf\n")).toMatchObject([{ path: "/b", line: 2 }]);
    expect(faultsOf("a: 1\n--- \nb: 2\n")).toMatchObject([{ message: expect.stringContaining("several documents") }]);
    expect(faultsOf("")).toMatchObject([{ message: "is empty" }]);
    expect(faultsOf("a: !!js/function x\n")).toMatchObject([{ line: 1 }]);
    expect(faultsOf("a: 1\nb: *nowhere\n")).toMatchObject([{ line: 2 }]);
  });

  it("reads what would be another value in an older version as it stands, and takes no directive", () => {
    expect(parsed("a: no\nb: 2026-01-01\nc: 010\nd: {<<: {e: 1}}\n")).toEqual({
      a: "no",
      b: "2026-01-01",
      c: 10,
      d: { "<<": { e: 1 } },
    });
    expect(faultsOf("%YAML 1.1\n---\na: no\n")).toMatchObject([{ message: expect.stringContaining("directive") }]);
  });

  it("takes a member that is called as what every object has for what it is", () => {
    const value = parsed("__proto__: {polluted: 1}\nconstructor: 2\n") as object;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("does not look for escapes where there are none", () => {
    expect(parsed('a: |\n  "\\q\n')).toEqual({ a: '"\\q\n' });
    expect(faultsOf('x: 1\na: "\\q"\n')).toMatchObject([{ message: expect.stringContaining("escape"), line: 2 }]);
  });
});

const repeated = (text: string) => text.repeat(MOST_CHARACTERS / text.length);
const HOSTILE: Readonly<Record<string, string>> = {
  "open lists": repeated("["),
  "open maps": repeated("{"),
  "lists in lists": repeated("- "),
  questions: repeated("? "),
  "maps in maps": Array.from({ length: 700 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
  closings: repeated("}"),
  "many members": Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join("\n"),
  "faulty escapes": `"${repeated("\\x").slice(1)}`,
  documents: repeated("---\n"),
  "a long text": `${repeated("a").slice(1)}bc`,
  "aliases of aliases": `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefgh"]
    .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[at]}`).join(",")}]`)
    .join("\n")}`,
};

describe("what somebody sends to take the process down", () => {
  it.each(Object.entries(HOSTILE))("is refused: %s", (_name, text) => {
    const faults = faultsOf(text);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(100);
  });

  it("is refused or read, whatever it is", () => {
    const signs = fc.array(
      fc.constantFrom(
        "-",
        " ",
        "\n",
        ":",
        "a",
        "&a",
        "*a",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        "#",
        "|",
        ">",
        "!",
        "%",
        "?",
        ",",
        "\t",
      ),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(signs, (parts) => void readYaml(parts.join(""))),
      { numRuns: 2000 },
    );
  });
});

describe("writing YAML", () => {
  it("is read as the same value again", () => {
    const leaf = fc.oneof(fc.string(), fc.fullUnicodeString(), fc.integer(), fc.boolean(), fc.constant(null));
    const words = fc.constantFrom(
      "no",
      "~",
      "0x1F",
      "1e3",
      "- a",
      "a: b",
      "# x",
      "'",
      '"',
      "{{ x }}\n",
      " a",
      "<<",
      "*a",
    );
    const value = fc.object({ values: [leaf, words], maxDepth: 4, key: fc.oneof(fc.string({ minLength: 1 }), words) });
    fc.assert(
      fc.property(value, (given) => {
        expect(parsed(writeYaml(given))).toEqual(JSON.parse(JSON.stringify(given)));
      }),
      { numRuns: 200 },
    );
  });
});
