import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BUILT_IN_ROWS, completeStatus, createCatalogue } from "../../src/catalogue/index.js";
import { plainFaults } from "../support/plain-faults.js";

interface TableRow {
  status: string;
  code: string;
  nl: string;
  fr: string;
  en: string;
}

const table = JSON.parse(
  readFileSync(new URL("../data/ontime-status-catalogue.json", import.meta.url), "utf8"),
) as TableRow[];
const ADDRESS = { nl: "ADRES FOUT", fr: "ERREUR D'ADRESSE", en: "ADDRESS ERROR" };
const HOUSE_NUMBER = {
  nl: "HUISNUMMER ONVOLLEDIG/ONTBREEKT",
  fr: "NUMÉRO DE MAISON INCOMPLET/ABSENT",
  en: "HOUSE NUMBER INCOMPLETE/ABSENT",
};

describe("createCatalogue", () => {
  it("holds the 166 rows of the table, in its order and to the letter", () => {
    expect(table).toHaveLength(166);
    expect(createCatalogue().list()).toEqual(
      table.map(({ code, status, nl, fr, en }) => ({ code, status, descriptions: { nl, fr, en } })),
    );
  });

  it("finds each row by its code and descriptions", () => {
    const catalogue = createCatalogue();
    for (const row of BUILT_IN_ROWS) expect(catalogue.find(row.code, row.descriptions)).toBe(row);
  });

  it("tells codes apart that differ in case only", () => {
    const catalogue = createCatalogue();
    expect(catalogue.find("pickup")?.descriptions.en).toBe("Picked up");
    expect(catalogue.find("PICKUP")?.descriptions.en).toBe("Pick-up");
    expect(catalogue.find("Pickup")).toBeUndefined();
    expect(catalogue.find(" pickup")).toBeUndefined();
  });

  it("serves the first row of a code that stands in the table several times", () => {
    expect(createCatalogue().find("notOk_24")?.descriptions).toEqual(ADDRESS);
    expect(createCatalogue().find("notOk_24", {})?.descriptions).toEqual(ADDRESS);
    expect(createCatalogue().find("notOk_24", { nl: "IETS ANDERS" })?.descriptions).toEqual(ADDRESS);
  });

  it("serves another row when all given descriptions equal its own", () => {
    const catalogue = createCatalogue();
    expect(catalogue.find("notOk_24", HOUSE_NUMBER)?.descriptions).toEqual(HOUSE_NUMBER);
    expect(catalogue.find("notOk_24", { fr: HOUSE_NUMBER.fr })?.descriptions).toEqual(HOUSE_NUMBER);
    expect(catalogue.find("notOk_24", { ...HOUSE_NUMBER, en: ADDRESS.en })?.descriptions).toEqual(ADDRESS);
  });

  it("puts an override in the place of all rows of its code", () => {
    const row = { code: "notOk_24", status: "WARNING" as const, descriptions: { en: "Wrong address" } };
    const catalogue = createCatalogue([row]);
    expect(catalogue.find("notOk_24", HOUSE_NUMBER)).toBe(row);
    expect(catalogue.list()).toHaveLength(165);
    expect(createCatalogue().list()).toHaveLength(166);
  });

  it("adds, changes and removes codes while it runs", () => {
    const catalogue = createCatalogue([], ["take"]);
    expect(catalogue.find("take")).toBeUndefined();
    catalogue.set({ code: "take", status: "WARNING", descriptions: { nl: "Mee" } });
    expect(catalogue.find("take")?.status).toBe("WARNING");
    expect(catalogue.remove("take")).toBe(true);
    expect(catalogue.remove("take")).toBe(false);
    expect(catalogue.find("take")).toBeUndefined();
  });

  it("takes the name of an object's own member for a code like any other", () => {
    for (const code of ["__proto__", "constructor", "toString"]) expect(createCatalogue().find(code)).toBeUndefined();
    expect(createCatalogue().find("take", { toString: "x" })?.code).toBe("take");
  });
});

describe("completeStatus", () => {
  const catalogue = createCatalogue();

  it("completes a code that the catalogue knows", () => {
    expect(completeStatus(catalogue, { statusCode: "take" })).toEqual({
      ok: true,
      status: "PROCESSING",
      descriptions: { nl: "Mee met koerier", fr: "En route avec courier", en: "Taken by courier" },
    });
  });

  it("leaves the texts empty that the table leaves empty", () => {
    expect(completeStatus(catalogue, { statusCode: "ventOpen" })).toEqual({
      ok: true,
      status: "PROCESSING",
      descriptions: { nl: "", fr: "", en: "" },
    });
  });

  it("lets a given status win", () => {
    expect(completeStatus(catalogue, { statusCode: "take", status: "WARNING" })).toMatchObject({ status: "WARNING" });
  });

  it("completes descriptions that are a part of a row's", () => {
    expect(completeStatus(catalogue, { statusCode: "notOk_24", descriptions: { en: HOUSE_NUMBER.en } })).toMatchObject({
      descriptions: HOUSE_NUMBER,
    });
  });

  it.each([
    { nl: "Eigen tekst" },
    { nl: "Mee met koerier", de: "Mit dem Kurier" },
    { ...ADDRESS, nl: HOUSE_NUMBER.nl },
  ])("uses descriptions as given that are no row's: %j", (descriptions) => {
    for (const statusCode of ["take", "notOk_24"]) {
      expect(completeStatus(catalogue, { statusCode, descriptions })).toMatchObject({ ok: true, descriptions });
    }
  });

  it("takes an unknown code that brings its status and a description", () => {
    const descriptions = { "nl-BE": "Onderweg" };
    expect(completeStatus(catalogue, { statusCode: "NEW", status: "PROCESSING", descriptions })).toEqual({
      ok: true,
      status: "PROCESSING",
      descriptions,
    });
  });

  it("names both fields that an unknown code lacks", () => {
    const completed = completeStatus(catalogue, { statusCode: "NEW", descriptions: { nl: "" } });
    expect(plainFaults(completed)).toEqual({
      ok: false,
      errors: [
        { path: "/status", message: 'is needed: the catalogue does not know the code "NEW"' },
        { path: "/descriptions", message: 'needs at least one text: the catalogue does not know the code "NEW"' },
      ],
    });
  });

  it("hints at a code that differs in case only", () => {
    const completed = completeStatus(catalogue, { statusCode: "TAKE", descriptions: { nl: "x" } });
    expect(completed).toMatchObject({ errors: [{ message: expect.stringContaining('it knows "take"') }] });
  });
});
