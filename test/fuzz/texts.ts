import fc from "fast-check";
import { NASTY } from "../templates/nasty.js";

/** Texts that have opened doors: of markup, formulas, terminals, SQL, shells, paths, prototypes, templates, headers. */
export const HOSTILE: readonly string[] = [
  "<script>alert(1)</script>",
  "\"><img src=x onerror=alert(1)>'",
  "=cmd|' /C calc'!A0",
  "+1+1",
  "-2+3+cmd|' /C calc'!A0",
  "@SUM(1+1)*cmd|' /C calc'!A0",
  "\t=1+1",
  "\r=1+1",
  ';=1+1,=1+1\t=1+1\n=1+1"',
  "a\r\nBcc: x@evil.example\r\n\r\nbody",
  "a\r\nSet-Cookie: a=b",
  "\u001b[2J\u001b[31mred\u001b]0;title\u0007\u009b2J",
  "abc\u202etxt.exe\u2066x\u2069\u200f\u061c",
  "'; DROP TABLE events; --",
  "$(touch /tmp/waybell-fuzz)`id`",
  "../../../etc/passwd",
  "..\\..\\windows\\system32\\config",
  "C:\\x",
  "\\\\server\\share",
  "/etc/passwd",
  "CON",
  "com1.txt",
  "NUL .json",
  "..",
  ".",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "{{ constructor.constructor('return process')() }}",
  "{% raw %}{{ x }}",
  "#{7*7}",
  "%0d%0a",
  "%00",
  "%ff%fe",
  "\ud800",
  "\u0000",
  "NaN",
  "1e309",
  "-0",
  "true",
  "null",
  "[]",
];

/** Letters of every kind that there is, lone surrogates and controls among them. */
export const anyText = (maxLength = 60): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...HOSTILE, ...NASTY).map((text) => text.slice(0, maxLength)) },
    { weight: 2, arbitrary: fc.string({ maxLength, unit: "binary" }) },
    { weight: 2, arbitrary: fc.string16bits({ maxLength }) },
    { weight: 2, arbitrary: fc.string({ maxLength, unit: "grapheme" }) },
    { weight: 2, arbitrary: fc.string({ maxLength }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 10 }), fc.constantFrom(...HOSTILE))
        .map((parts) => parts.join("").slice(0, maxLength)),
    },
  );

/** Any JSON, with names that reach for prototypes, nested now and then. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: anyText() },
  { weight: 1, arbitrary: fc.constantFrom(null, true, false, 0, -1, 1.5, 1e300, Number.MAX_SAFE_INTEGER, "") },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.array(anyText(10), { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.dictionary(anyText(20), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 63, 64, 65, 2_000).map(nested) },
);

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let at = 0; at < depth; at++) value = at % 2 ? [value] : { a: value };
  return value;
}
