import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { disabledBy, isByHand } from "../../src/reasons/disabled-by.js";
import { GIVEN_UP_REASONS } from "../../src/reasons/reason-codes.js";
import { givenUpReason } from "../../src/reasons/reasons.js";
import { LANGUAGES } from "../../src/schemas/endpoint.js";

const FOLDERS = ["src/delivery", "src/store"];

// The ways in which the reason of a delivery or a disabled endpoint is written down.
const WRITTEN = [
  /\breason = (?:CASE WHEN \$\{\w+\} THEN )?'([a-z ]+)'/g,
  /\bcancel(?:Ids|Pending)\([^)]*"([a-z ]+)"/g,
  /\bfailed\("([a-z ]+)"/g,
  /\breason(?:: string)? = "([a-z ]+)"/g,
  /\breason: "([a-z ]+)"/g,
  /"(canceled on \w+)"|"(superseded on \w+)"/g,
  /\b(?:BY_HAND|SUPERSEDED_BY) = "([a-z ]+?) ?"/g,
  /`(nothing but [a-z, ]+) \$\{/g,
  /\bdisable\(\w+\.endpointId, \w+, "(\w+ \w+)"/g,
];

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("generated"))
    .map((name) => readFileSync(join(folder, name), "utf8")),
);

const found = (pattern: RegExp) =>
  sources.flatMap((text) => [...text.matchAll(pattern)].map(([, first, second]) => first ?? second ?? ""));

describe("the reasons that rows are written with", () => {
  const reasons = [...new Set(WRITTEN.flatMap(found))].sort();

  it("are found in each way in which they are written", () => {
    for (const pattern of WRITTEN) expect(found(pattern), String(pattern)).not.toEqual([]);
    expect(reasons).toEqual(expect.arrayContaining(["canceled by hand", "endpoint deleted", "expired", "purged"]));
  });

  it("have words of their own in every language", () => {
    const wordless = reasons
      .map((reason) => (reason === "superseded by" ? "superseded by dlv_1" : reason))
      .map((reason) => (reason.startsWith("nothing but failures") ? `${reason} 2026-08-01T00:00:00.000Z` : reason))
      .filter((reason) => LANGUAGES.some((language) => givenUpReason(reason, language) === reason));
    expect(wordless).toEqual([]);
  });

  it("differ between the languages", () => {
    for (const reason of GIVEN_UP_REASONS) {
      expect(new Set(LANGUAGES.map((language) => givenUpReason(reason, language))).size, reason).toBe(LANGUAGES.length);
    }
  });

  it("keep the moment, and leave out what took the place: it is linked to", () => {
    const at = "2026-08-01T00:00:00.000Z";
    expect(givenUpReason(`nothing but failures since ${at}`, "nl")).toBe(`Uitsluitend mislukkingen sinds ${at}`);
    const undelivered = `nothing but failures, with the announcement undelivered, since ${at}`;
    expect(givenUpReason(undelivered, "nl")).toMatch(/de mail die het aankondigt, kon niet worden bezorgd, sinds 2026/);
    expect(givenUpReason("superseded by dlv_1", "fr")).toBe("Remplacée par un statut plus récent de la commande");
  });
});

describe("why an endpoint is disabled by hand", () => {
  const people = { role: "customer", keyName: "it@acme.example" } as const;

  it("names those of the customer, and of the operator's people none: the customer's read it", () => {
    expect(disabledBy({ role: "operator", keyName: "ann@operator.example" }, "moves")).toBe(
      "disabled by the operator: moves",
    );
    expect(disabledBy({ role: "admin", keyName: "ann@operator.example" })).toBe("disabled by the operator");
    expect(disabledBy(people, "")).toBe("disabled by it@acme.example");
  });

  it("is told in the reader's language, with what was given as it was", () => {
    const why = "moves:\nuntil May";
    expect(givenUpReason(disabledBy({ role: "admin", keyName: "x" }, why), "nl")).toBe(
      `Uitgeschakeld door de operator: ${why}`,
    );
    expect(givenUpReason(disabledBy(people, why), "fr")).toBe(`Désactivé par it@acme.example: ${why}`);
  });

  it("is told from what Waybell writes by itself", () => {
    expect([disabledBy(people), disabledBy({ role: "admin", keyName: "" })].every(isByHand)).toBe(true);
    expect(["410 Gone", "nothing but failures since then", "", "paused by hand"].some(isByHand)).toBe(false);
  });
});
