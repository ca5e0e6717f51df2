import { describe, expect, it } from "vitest";
import { type Carrier, chooseFormat } from "../../src/templates/choose-format.js";
import { templateOf, templates } from "../../src/templates/index.js";
import { ontime } from "../../src/templates/ontime.js";
import { plainFaults } from "../support/plain-faults.js";

const get: Carrier = { name: "http-get", accepts: ["query"] };
const post: Carrier = { name: "http-post", accepts: ["json", "xml"], defaultFormat: "json" };
const ftp: Carrier = { name: "ftp", accepts: ["json", "xml", "csv"] };

describe("chooseFormat", () => {
  it("takes the format that the options name", () => {
    expect(chooseFormat(ftp, ontime, { format: "xml" })).toEqual({ ok: true, format: "xml" });
    expect(chooseFormat(post, ontime, { format: "xml" })).toEqual({ ok: true, format: "xml" });
  });

  it("takes the transport's default where the options name none", () => {
    expect(chooseFormat(post, ontime)).toEqual({ ok: true, format: "json" });
  });

  it("takes the only one that fits", () => {
    expect(chooseFormat(get, ontime, {})).toEqual({ ok: true, format: "query" });
    expect(chooseFormat({ ...ftp, defaultFormat: "csv" }, { name: "t", formats: ["xml"] })).toEqual({
      ok: true,
      format: "xml",
    });
  });

  it("asks for a format where the choice is open", () => {
    expect(plainFaults(chooseFormat(ftp, ontime, {}))).toEqual({
      ok: false,
      error: { path: "/template/options/format", message: "is needed: ftp can carry json or xml" },
    });
  });

  it("refuses a format that the transport cannot carry, and says what would fit", () => {
    expect(plainFaults(chooseFormat(get, ontime, { format: "xml" }))).toEqual({
      ok: false,
      error: { path: "/template/options/format", message: "http-get with ontime carries query only" },
    });
    expect(chooseFormat(ftp, ontime, { format: 5 })).toMatchObject({ ok: false });
  });

  it("refuses a template of which the transport can carry nothing", () => {
    expect(plainFaults(chooseFormat(get, { name: "t", formats: ["csv", "json"] }, { format: "csv" }))).toEqual({
      ok: false,
      error: { path: "/template/name", message: "t makes csv, json; http-get carries only query" },
    });
  });
});

describe("templateOf", () => {
  it("knows each template by its own name", () => {
    for (const [name, template] of Object.entries(templates)) {
      expect(template.name).toBe(name);
      expect(templateOf(name)).toBe(template);
    }
    expect(templateOf("ontime")).toBe(ontime);
  });

  it("knows no other name", () => {
    for (const name of ["", "ONTIME", "toString", "__proto__"]) expect(templateOf(name)).toBeUndefined();
  });
});
