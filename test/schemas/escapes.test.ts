import fc from "fast-check";
import { expect, it } from "vitest";
import { meaningOf, placesOfMeaning } from "../../src/schemas/escapes.js";
import { withoutSecrets } from "../../src/schemas/masking.js";

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const inHtml = (text: string) =>
  text.replace(/[&<>"']/g, (sign) => `&#x${sign.charCodeAt(0).toString(16).padStart(3, "0")};`);
const WAYS = [
  inJson,
  inHtml,
  encodeURIComponent,
  (text: string) => text.replace(/[^\w]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`),
  (text: string) => new URLSearchParams({ a: text }).toString().slice(2),
];
const piece = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "\\",
    "\\u00",
    "\\u0026",
    "&",
    "&amp",
    "&#x26;",
    "&#99999999;",
    "%",
    "%25",
    "%C3",
    "%c3%a9",
    "+",
    "\0",
    "é",
    "😀",
  ),
);
const texts = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));

it("names a place for each character of any text's meaning, in order and within the text", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const places = [...placesOfMeaning(text)];
      expect(places.length).toBe(meaningOf(text).length + 1);
      expect(places.at(-1)).toBe(text.length);
      expect(places.every((place, at) => place <= text.length && place >= (places[at - 1] ?? 0))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

it("finds any secret in any text, written in one way or in one over another, and nothing after it is lost", () => {
  // Whole characters: half of one has no percent-encoding. No zeros, which a text loses.
  const secrets = fc
    .tuple(fc.stringMatching(/^[!-~é]{3}[ -~é]{4,20}[!-~é]{3}$/), fc.constantFrom("", "€", "😀"))
    .map(([text, more]) => `Kx${text}${more}xK`);
  const ways = fc.array(fc.constantFrom(...WAYS), { maxLength: 2 });
  fc.assert(
    fc.property(secrets, ways, (secret, over) => {
      const written = over.reduce((text, way) => way(text), secret);
      expect(withoutSecrets(`before: ${written} after`, [secret], "***")).toBe("before: *** after");
    }),
    { numRuns: 2000 },
  );
});
