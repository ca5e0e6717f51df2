import { describe, expect, it } from "vitest";
import { foldFileName, numberedFileName, safeFileName, testFileName } from "../../src/templates/file-name.js";
import { NASTY, nastyText, random } from "./nasty.js";

const TIME = "20230719110649";
const named = (order: string, code = "take") => safeFileName([order, code, TIME], "json");

/** What must hold of every name that is given out. */
function expectSafe(name: string): void {
  expect(Buffer.byteLength(name), name).toBeLessThanOrEqual(200);
  expect(name).not.toMatch(/[/\\:*?"<>|\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/u);
  expect(name).not.toMatch(/^[.\-\s]|[.\s]$|[.\s]\.(json|xml)$/);
  expect(name).toMatch(/^.+\.(json|xml)$/su);
  expect(Buffer.from(name).toString("utf8")).toBe(name);
}

describe("safeFileName", () => {
  it.each([
    ["ASK132456798", "PICKUP_PLANNED", `ASK132456798_PICKUP_PLANNED_${TIME}.json`],
    ["ASK1", "AF (AFGEWERKT)", `ASK1_AF (AFGEWERKT)_${TIME}.json`],
    ["ASK1", "[distristatuscode]_201", `ASK1_[distristatuscode]_201_${TIME}.json`],
    ["ASK1", "AN_OPS_FIN (ANNULATIE OPS + FIN)", `ASK1_AN_OPS_FIN (ANNULATIE OPS + FIN)_${TIME}.json`],
    ["../../etc/passwd", "take", `_------etc-passwd_take_${TIME}.json`],
    ["..\\..\\boot.ini", "take", `_------boot.ini_take_${TIME}.json`],
    ["/etc/passwd", "take", `_-etc-passwd_take_${TIME}.json`],
    ["...", "take", `_---_take_${TIME}.json`],
    [".htaccess", "take", `_-htaccess_take_${TIME}.json`],
    ["-rf", "take", `_-rf_take_${TIME}.json`],
    [" A", "take", `_-A_take_${TIME}.json`],
    ['a:b*c?d"e<f>g|h', "take", `a-b-c-d-e-f-g-h_take_${TIME}.json`],
    ["A\r\nDELE b", "x\u0000y\u0085z", `A--DELE b_x-y-z_${TIME}.json`],
    ["\ud83d", "\u202egnp", `_-_-gnp_${TIME}.json`],
    ["Bestelling 12 é", "😀", `Bestelling 12 é_😀_${TIME}.json`],
    ["CON", "take", `CON_take_${TIME}.json`],
    ["CON.1", "take", `_CON.1_take_${TIME}.json`],
    ["", "", `__${TIME}.json`],
  ])("makes of order %j and code %j the name %j", (order, code, name) => {
    expect(named(order, code)).toBe(name);
    expectSafe(name);
  });

  it.each([
    [[], "_.json"],
    [[""], "_.json"],
    [["."], "_-.json"],
    [["..."], "_---.json"],
    [["nul"], "_nul.json"],
    [["Com1 "], "Com1-.json"],
    [["a. ."], "a---.json"],
    [["CONSOLE"], "CONSOLE.json"],
  ])("makes of the parts %j the name %j", (parts, name) => {
    expect(safeFileName(parts, "json")).toBe(name);
  });

  it("keeps a name of 200 bytes, and cuts a longer one, which ends in a hash", () => {
    const room = 200 - `_take_${TIME}.json`.length;
    expect(named("A".repeat(room))).toBe(`${"A".repeat(room)}_take_${TIME}.json`);
    const cut = named("A".repeat(room + 1));
    expect(cut).toMatch(/^A+-[0-9a-f]{12}\.json$/);
    expect(cut).toHaveLength(192);
    expect(named("A".repeat(300))).not.toBe(named("A".repeat(301)));
    expect(named("A".repeat(300))).toBe(named("A".repeat(300)));
  });

  it("cuts between code points only", () => {
    for (const text of ["é", "漢", "😀", "👨‍👩‍👧‍👦"]) {
      for (let shift = 0; shift < 5; shift++) {
        const name = named("x".repeat(shift) + text.repeat(300));
        expectSafe(name);
        expect(Buffer.byteLength(name)).toBeGreaterThan(185);
        expect(name).not.toContain("\ufffd");
      }
    }
  });

  it("holds none of the marks that turn the reading direction", () => {
    for (const mark of "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
      expect(named(`a${mark}b`)).toBe(`a-b_take_${TIME}.json`);
    }
  });

  it("is safe whatever order and code are", () => {
    const next = random(3);
    const texts = [...NASTY, ...Array.from({ length: 300 }, () => nastyText(next))];
    for (const text of texts) {
      for (const name of [named(text), named("ASK1", text), safeFileName([text], "xml")]) {
        expectSafe(name);
        expectSafe(numberedFileName(name, 2));
        expectSafe(testFileName(name, "dlv_01k9"));
        expectSafe(numberedFileName(name, 123_456));
      }
    }
  });
});

describe("numberedFileName", () => {
  it("puts the number before the extension", () => {
    expect(numberedFileName("a.json", 2)).toBe("a_2.json");
    expect(numberedFileName("a.b.xml", 10)).toBe("a.b_10.xml");
    expect(numberedFileName("a", 3)).toBe("a_3");
  });

  it("keeps the hash of a name that was cut", () => {
    const cut = named("é".repeat(300));
    expect(numberedFileName(cut, 999_999)).toBe(cut.replace(".json", "_999999.json"));
  });

  it("stays within 200 bytes, and tells apart what it must cut", () => {
    const room = 200 - `_take_${TIME}.json`.length;
    const [one, other] = ["A", "B"].map((last) => numberedFileName(named("A".repeat(room - 1) + last), 2));
    expect(one).toHaveLength(200);
    expect(one).not.toBe(other);
  });
});

describe("foldFileName", () => {
  it("folds case and composed accents", () => {
    expect(foldFileName("ASK_Pickup_É.JSON")).toBe(foldFileName("ask_PICKUP_e\u0301.json"));
    expect(foldFileName("pickup.json")).not.toBe(foldFileName("pickup_2.json"));
  });

  it.each([
    ["ς", "σ"],
    ["ς", "Σ"],
    ["ſ", "s"],
    ["straße", "STRASSE"],
    ["ı", "I"],
    ["\u212a", "k"],
    ["ﬁ", "FI"],
  ])("makes one of %s and %s, which are one file where capitals are compared", (one, other) => {
    expect(foldFileName(`${one}_take.json`)).toBe(foldFileName(`${other}_take.json`));
  });

  it("leaves a name that is folded as it is", () => {
    for (const name of ["ask1_take_20230719110649.json", "é", "strasse", "i\u0307", "σσ"]) {
      expect(foldFileName(name)).toBe(name.normalize("NFC"));
    }
  });
});
