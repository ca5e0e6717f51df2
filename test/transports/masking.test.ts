import { expect, it } from "vitest";
import { withoutSecrets } from "../../src/transports/masking.js";

const SECRET = 's3cret/"é+ \\x';
const mask = (text: string, ...secrets: string[]) => withoutSecrets(text, secrets, "***");

it.each([
  ["as it is", SECRET],
  ["in JSON", JSON.stringify({ key: SECRET })],
  ["in JSON with its slashes escaped", JSON.stringify({ key: SECRET }).replaceAll("/", "\\/")],
  ["percent-encoded", encodeURIComponent(SECRET)],
  ["percent-encoded in small letters", encodeURIComponent(SECRET).toLowerCase()],
  ["as a form", new URLSearchParams({ key: SECRET }).toString()],
  ["in base64", Buffer.from(SECRET).toString("base64")],
  ["in base64 for URLs", Buffer.from(SECRET).toString("base64url")],
  ["in base64 after one letter", Buffer.from(`a${SECRET}b`).toString("base64")],
  ["in base64 after two", Buffer.from(`ab${SECRET}cd`).toString("base64")],
])("masks a secret %s", (_form, text) => {
  expect(mask(`before ${text} after`, SECRET)).toMatch(/^before .*\*\*\*.* after$/);
  expect(mask(text, SECRET).length).toBeLessThan(text.length);
});

it("masks the longer one first where one is a part of another, and every time that it comes", () => {
  expect(mask("token-12345 token-1 token-12345", "token-1", "token-12345")).toBe("*** *** ***");
});

it("leaves other texts, and takes an empty or half a secret", () => {
  expect(mask("nothing here", SECRET, "", "\ud800abcdef")).toBe("nothing here");
  expect(mask("", SECRET)).toBe("");
  expect(mask("pw is pw", "pw")).toBe("*** is ***");
});
