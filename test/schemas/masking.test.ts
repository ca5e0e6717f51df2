import { describe, expect, it } from "vitest";
import { BEYOND_END, withoutSecrets } from "../../src/schemas/masking.js";

const SECRET = "s3cret/\"é+ \\x&<>'end";
const mask = (text: string, ...secrets: string[]) => withoutSecrets(text, secrets, "***");
const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const byCode = (text: string, write: (code: string) => string) =>
  text.replace(/[^A-Za-z0-9]/g, (sign) => write(sign.charCodeAt(0).toString(16).padStart(4, "0")));
const html = (text: string, quote: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("'", quote);
/** As Go and .NET write JSON. */
const goJson = (text: string) => inJson(text).replace(/[&<>']/g, (sign) => byCode(sign, (code) => `\\u${code}`));

it.each([
  ["as it is", SECRET],
  ["in capitals", SECRET.replace(/[a-z]/g, (letter) => letter.toUpperCase())],
  ["in JSON", JSON.stringify({ key: SECRET })],
  ["in JSON with its slashes escaped", JSON.stringify({ key: SECRET }).replaceAll("/", "\\/")],
  ["in JSON as Go writes it", goJson(SECRET)],
  ["in JSON with codes in capitals", byCode(SECRET, (code) => `\\u${code.toUpperCase()}`)],
  ["in JavaScript", byCode(SECRET, (code) => `\\x${code.slice(2)}`)],
  ["in JSON in JSON", inJson(inJson(SECRET))],
  ["in HTML", html(SECRET, "&#39;").replaceAll('"', "&quot;")],
  ["in HTML with its quotes", html(SECRET, "'")],
  ["in XML", html(SECRET, "&apos;")],
  ["in HTML by hexadecimal numbers", byCode(SECRET, (code) => `&#x${code};`)],
  [
    "in HTML by hexadecimal numbers in capitals",
    byCode(SECRET, (code) => `&#X${code.replace(/^0+/, "").toUpperCase()};`),
  ],
  ["in HTML by decimal numbers", byCode(SECRET, (code) => `&#0${Number.parseInt(code, 16)};`)],
  ["in JSON in HTML", html(inJson(SECRET), "&#x27;").replaceAll('"', "&quot;")],
  ["percent-encoded", encodeURIComponent(SECRET)],
  ["percent-encoded in small letters", encodeURIComponent(SECRET).toLowerCase()],
  ["percent-encoded as a path", encodeURI(SECRET)],
  ["percent-encoded from Latin-1", encodeURIComponent(SECRET).replace("%C3%A9", "%E9")],
  ["percent-encoded twice", encodeURIComponent(encodeURIComponent(SECRET))],
  ["as a form", new URLSearchParams({ key: SECRET }).toString()],
  ["in base64", Buffer.from(SECRET).toString("base64")],
  ["in base64 for URLs", Buffer.from(SECRET).toString("base64url")],
  ["in base64, percent-encoded", encodeURIComponent(Buffer.from(`a${SECRET}b`).toString("base64"))],
  ["in base64 after one letter", Buffer.from(`a${SECRET}b`).toString("base64")],
  ["in base64 after two", Buffer.from(`ab${SECRET}cd`).toString("base64")],
  ["in base64 from Latin-1", Buffer.from(SECRET, "latin1").toString("base64")],
  ["in hex", Buffer.from(SECRET).toString("hex")],
  ["in hex in capitals", Buffer.from(SECRET).toString("hex").toUpperCase()],
  ["in Latin-1, read as UTF-8", Buffer.from(SECRET, "latin1").toString()],
  ["in UTF-8, read as Latin-1", Buffer.from(SECRET).toString("latin1")],
  ["in UTF-16, read as UTF-8", Buffer.from(`s3cret-plain`, "utf16le").toString()],
])("masks a secret %s", (_form, text) => {
  const told = mask(`before ${text} after`, SECRET, "s3cret-plain");
  expect(told).toMatch(/^before .*\*\*\*.* after$/);
  // Of base64 in another text, and of names before it, a little stays.
  expect(told.replace("key=", "").replace('{"key":"', "").length).toBeLessThan(31);
});

it.each([
  ["percent-encoded", "abc%2Fdef%20gh", "abc/def gh"],
  ["with backslashes", String.raw`dom\new\x41`, JSON.stringify(String.raw`dom\new\x41`)],
  ["with a backslash at its end", String.raw`abcdef"\ `.trim(), JSON.stringify(String.raw`abcdef"\ `.trim())],
  ["with references", "a&amp;b&lt;cd", "a&amp;amp;b&amp;lt;cd"],
  ["with a plus", "abc+def+g", "abc%2Bdef%2Bg"],
])("masks a secret that is itself %s, escaped or read", (_what, secret, text) => {
  expect(mask(secret, secret)).toBe("***");
  expect(mask(`<${text}>`, secret)).toMatch(/^<"?\*\*\*"?>$/);
});

it("masks the longer one first where one is a part of another, and every time that it comes", () => {
  expect(mask("token-12345 token-1 token-12345", "token-1", "token-12345")).toBe("*** *** ***");
});

it("leaves other texts, and takes an empty or half a secret", () => {
  expect(mask("nothing here", SECRET, "", "\ud800abcdef")).toBe("nothing here");
  expect(mask("", SECRET)).toBe("");
  expect(mask("pw is pw", "pw")).toBe("*** is ***");
  const escaped = String.raw`{"a":"50% \u0026 \\ &nope; &#99999999; %zz +\x"}`;
  expect(mask(escaped, SECRET)).toBe(escaped);
  expect(mask(`${escaped} s3cr%65t-key`, "s3cret-key")).toBe(`${escaped} ***`);
});

describe("a short secret", () => {
  it.each([
    ["key=k7Qz9", "key=***"],
    ['{"key":"k7Qz9"}', '{"key":"***"}'],
    ["k7Qz9", "***"],
    ["ak7Qz9 k7Qz90 ék7Qz9", "ak7Qz9 k7Qz90 ék7Qz9"],
    ["/k7Qz9%2Fx", "/***%2Fx"],
  ])("is masked as a word alone: %s", (text, told) => {
    expect(mask(text, "k7Qz9")).toBe(told);
  });

  it("of signs is masked wherever it stands, escaped too", () => {
    expect(mask("a#&!b a#&amp;!b", "#&!")).toBe("a***b a***b");
  });
});

describe("where a text is cut", () => {
  const at = (text: string, end: number, secret = SECRET) => withoutSecrets(text, [secret], "***", end);

  it("a secret that lies across the end is masked from where it begins, in the longest way to write it too", () => {
    for (const written of [SECRET, byCode(SECRET, (code) => `%255Cu${code}`), Buffer.from(SECRET).toString("hex")]) {
      for (let over = 1; over < written.length; over++) {
        expect(at(`${"x".repeat(99)} ${written}`, 100 + written.length - over)).toBe(`${"x".repeat(99)} ***`);
      }
    }
  });

  it("what begins at the end, or comes after it, is neither masked nor told", () => {
    expect(at(`abc${SECRET}`, 3)).toBe("abc");
    expect(at(`${SECRET}abcdef`, SECRET.length + 2)).toBe("***ab");
    expect(at("abc", 9)).toBe("abc");
  });

  it("a secret that is longer than what is looked at is masked as far as it goes", () => {
    const long = Array.from({ length: 900 }, (_, part) => `part${part}&`).join("");
    expect(long.length).toBeGreaterThan(BEYOND_END);
    expect(at(`x ${long}`, 500, long)).toBe("x ***");
    expect(at(`x ${encodeURIComponent(long)}`, 500, long)).toBe("x ***");
    expect(at(`x ${long} y`, long.length + 4, long)).toBe("x *** y");
    expect(mask(`x ${long.slice(0, 700)}! y`, long)).toBe("x ***! y");
  });
});
