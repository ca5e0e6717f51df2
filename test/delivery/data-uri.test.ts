import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDataUri } from "../../src/delivery/data-uri.js";

const HEAD = "data:image/png;base64,";
/** What is meant, for what is short. */
const MEANT =
  /^data:[A-Za-z0-9][A-Za-z0-9.+-]*\/[A-Za-z0-9][A-Za-z0-9.+-]*(?:;[A-Za-z0-9=._+-]+)*;base64, ?[A-Za-z0-9+/]+={0,2}$/;

describe("a data URI in base64", () => {
  it.each([
    [`${HEAD}QUJD`, true],
    [`${HEAD} QUJD`, true],
    [`${HEAD}QUI=`, true],
    [`${HEAD}QQ==`, true],
    [`${HEAD}QQ`, true],
    [`${HEAD}QUJDR`, true],
    ["data:image/svg+xml;charset=utf-8;name=a.b;base64,QUJD", true],
    [HEAD, false],
    [`${HEAD}=`, false],
    [`${HEAD}==`, false],
    [`${HEAD}QQ===`, false],
    [`${HEAD}QQ==QQ`, false],
    [`${HEAD}QUJD-`, false],
    [`${HEAD}QUJ_`, false],
    [`${HEAD}QUJD*`, false],
    [`${HEAD}QUJ\u0141`, false],
    [`${HEAD}QUJ\u00c1`, false],
    [`${HEAD}\u{1f600}QU`, false],
    [`${HEAD}QUJD\n`, false],
    [`${HEAD}  QUJD`, false],
    ["data:image/png,QUJD", false],
    ["image/png;base64,QUJD", false],
    ["QUJD", false],
    ["", false],
  ])("%j: %s", (data, is) => {
    expect(isDataUri(data)).toBe(is);
    expect(MEANT.test(data)).toBe(is);
  });

  it("is told as the expression for short ones tells it", () => {
    const part = fc.constantFrom(..."AZaz09+/==-_ *,;\n\u0141\u00c1", "QUJD", "data:", "image/png", ";base64,", HEAD);
    const body = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(body, fc.boolean(), (text, withHead) => {
        const data = withHead ? HEAD + text : text;
        expect(isDataUri(data)).toBe(MEANT.test(data));
      }),
      { numRuns: 5_000 },
    );
  });

  it("has a head of 1,024 characters at most", () => {
    const withHead = (length: number) =>
      `${"data:image/png;name=".padEnd(length - ";base64,".length, "a")};base64,QUJD`;
    expect(isDataUri(withHead(1024))).toBe(true);
    expect(isDataUri(withHead(1025))).toBe(false);
  });

  it("of 10 MiB is found sound or not, wherever the fault is", () => {
    const picture = HEAD + randomBytes(7.5 * 1024 * 1024 - 30).toString("base64");
    expect(isDataUri(picture)).toBe(true);
    for (const at of [HEAD.length, picture.length >> 1, picture.length - 3]) {
      expect(isDataUri(`${picture.slice(0, at)}*${picture.slice(at + 1)}`)).toBe(false);
    }
  });
});
