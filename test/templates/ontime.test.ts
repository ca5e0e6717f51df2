import { describe, expect, it } from "vitest";
import { RenderError } from "../../src/errors.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { ontime } from "../../src/templates/ontime.js";
import { formatLocal } from "../../src/time.js";
import type { StatusEvent } from "../../src/types.js";
import { plainFaults } from "../support/plain-faults.js";
import { NASTY, nastyText, random } from "./nasty.js";
import {
  bytesOf,
  catalogueEvents,
  contentOf,
  eventOf,
  membersOf,
  parseXml,
  render,
  sample,
  textOf,
  xmlPart,
} from "./support.js";

const PICTURE = "data:image/png;base64, Tm8gYWNjZXNzIG";

function queryOf(event: StatusEvent): string {
  const fields = render(event, "query").fields ?? [];
  return new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString();
}

function expectedDocument(event: StatusEvent) {
  const members = membersOf(event, formatLocal(event.statusTime, "Europe/Brussels"));
  return { ...members, signatures: [], pictures: [] };
}

describe("the samples", () => {
  it("come out byte for byte as a query", () => {
    const event = eventOf({
      order: "ASS123456789",
      barcode: "ABC123",
      container: "MSKU123",
      statusTime: Date.parse("2023-07-17T09:47:43+02:00"),
      reference: "",
    });
    expect(`https://www.uwurl.be/?${queryOf(event)}`).toBe(sample("ontime-sample.get.txt"));
  });

  it("come out byte for byte as JSON", async () => {
    const payload = render(eventOf(), "json");
    expect(await textOf(payload)).toBe(sample("ontime-sample.post.json"));
    expect(payload).toMatchObject({
      contentType: "application/json",
      fileName: "ASK132456798_take_20230719110649.json",
    });
  });

  it("come out byte for byte as XML", async () => {
    const signatures = [{ image: contentOf(PICTURE), signedBy: "J. Peeters & Zn <kaai 5>" }];
    const payload = render(eventOf({ signatures, pictures: [contentOf(PICTURE), contentOf(PICTURE)] }), "xml");
    expect(await textOf(payload)).toBe(sample("ontime-sample.xml"));
    expect(payload).toMatchObject({ contentType: "application/xml", fileName: "ASK132456798_take_20230719110649.xml" });
  });

  it("show the name of ON TIME's own example", () => {
    const event = eventOf({ statusCode: "PICKUP_PLANNED", statusTime: Date.parse("2023-07-18T09:55:03+02:00") });
    expect(render(event, "xml").fileName).toBe("ASK132456798_PICKUP_PLANNED_20230718095503.xml");
  });
});

describe("the catalogue's 166 rows", () => {
  it("are all there", () => {
    expect(catalogueEvents).toHaveLength(166);
  });

  it("carry their ten members in order as a query", () => {
    for (const event of catalogueEvents) {
      const expected = Object.entries(expectedDocument(event)).slice(0, 10);
      expect(render(event, "query").fields).toEqual(expected);
      expect([...new URLSearchParams(queryOf(event))]).toEqual(expected);
    }
  });

  it("carry their sixteen members in order as JSON", async () => {
    for (const event of catalogueEvents) {
      const text = await textOf(render(event, "json"));
      expect(text).toBe(JSON.stringify(expectedDocument(event)));
      expect(JSON.parse(text)).toEqual(expectedDocument(event));
    }
  });

  it("carry the same elements in order as XML", async () => {
    for (const event of catalogueEvents) {
      const text = await textOf(render(event, "xml"));
      expect(parseXml(text)).toEqual(Object.entries(expectedDocument(event)));
    }
  });
});

describe("texts", () => {
  const next = random(42);
  const texts = [...NASTY, ...Array.from({ length: 500 }, () => nastyText(next))];

  it("survive JSON, to the last code unit", async () => {
    for (const text of texts) {
      const event = eventOf({ order: text, comment: text, descriptions: { nl: text, en: "", fr: text } });
      expect(JSON.parse(await textOf(render(event, "json")))).toEqual(expectedDocument(event));
    }
  });

  it("survive XML, less the characters that XML cannot hold", async () => {
    for (const text of texts) {
      const event = eventOf({ order: text, comment: text, verifier: text, descriptions: { nl: text, en: text } });
      const parsed = Object.fromEntries(parseXml(await textOf(render(event, "xml"))));
      const held = xmlPart(text);
      expect(parsed).toMatchObject({ order: held, comment: held, verifier: held, statusNL: held, statusEN: held });
    }
  });

  it("survive a query, lone surrogates as U+FFFD", () => {
    for (const text of texts) {
      const event = eventOf({ order: text, reference: text });
      const wellFormed = Buffer.from(text).toString("utf8");
      expect(Object.fromEntries(render(event, "query").fields ?? [])).toMatchObject({
        order: wellFormed,
        referentie: wellFormed,
      });
      expect(new URLSearchParams(queryOf(event)).get("order")).toBe(wellFormed);
    }
  });

  it("survive as the name of who signed", async () => {
    for (const text of texts) {
      const event = eventOf({ signatures: [{ image: contentOf(PICTURE), signedBy: text }] });
      const json = JSON.parse(await textOf(render(event, "json"))) as { signatures: unknown };
      expect(json.signatures).toEqual([{ signature: PICTURE, signedby: text }]);
      const xml = Object.fromEntries(parseXml(await textOf(render(event, "xml"))));
      expect(xml.signatures).toEqual([
        ["signature", PICTURE],
        ["signedby", xmlPart(text)],
      ]);
    }
  });
});

describe("pictures and signatures", () => {
  const large = `data:image/png;base64,${"iVBORw0K".repeat(400_000)}`;
  const event = eventOf({
    signatures: [
      { image: contentOf(PICTURE), signedBy: 'Jan "de" \\ é' },
      { image: contentOf("data:,", 1), signedBy: "" },
    ],
    pictures: [contentOf(large, 256 * 1024), contentOf(PICTURE, 7)],
  });

  it.each(["json", "xml"] as const)(
    "are streamed as %s, with the length told beforehand, as often as asked",
    async (format) => {
      const payload = render(event, format);
      expect(Buffer.isBuffer(payload.body)).toBe(false);
      const first = await bytesOf(payload);
      expect(first).toHaveLength(payload.body.length);
      expect((await bytesOf(payload)).equals(first)).toBe(true);
    },
  );

  it("stand in JSON as ON TIME's members", async () => {
    expect(JSON.parse(await textOf(render(event, "json")))).toEqual({
      ...expectedDocument(event),
      signatures: [
        { signature: PICTURE, signedby: 'Jan "de" \\ é' },
        { signature: "data:,", signedby: "" },
      ],
      pictures: [large, PICTURE],
    });
  });

  it("stand in XML as pairs and pictures", async () => {
    const parsed = Object.fromEntries(parseXml(await textOf(render(event, "xml"))));
    expect(parsed.signatures).toEqual([
      ["signature", PICTURE],
      ["signedby", 'Jan "de" \\ é'],
      ["signature", "data:,"],
      ["signedby", ""],
    ]);
    expect(parsed.pictures).toEqual([
      ["picture", large],
      ["picture", PICTURE],
    ]);
  });

  it.each(["json", "xml"] as const)("are named by hash and size in the summary of %s", async (format) => {
    const payload = render(event, format);
    const summary = "summary" in payload.body ? payload.body.summary : "";
    const whole = await textOf(payload);
    const [sha256, length] = [contentOf(large).sha256, large.length];
    const small = `[sha256:${contentOf(PICTURE).sha256} ${PICTURE.length} bytes]`;
    const tiny = `[sha256:${contentOf("data:,").sha256} 6 bytes]`;
    const replaced = whole.replace(large, `[sha256:${sha256} ${length} bytes]`).replaceAll(PICTURE, small);
    expect(summary).toBe(replaced.replace("data:,", tiny));
  });

  it.each(['data:,"', "data:,\\", "data:,<", "data:,&", "data:,\n", "data:,é"])(
    "break off before a byte that would have to be escaped: %j",
    async (uri) => {
      for (const format of ["json", "xml"] as const) {
        const payload = render(eventOf({ pictures: [contentOf(uri)] }), format);
        await expect(bytesOf(payload)).rejects.toMatchObject({ name: "RenderError", code: "unsafe_content" });
      }
    },
  );
});

describe("descriptions", () => {
  const named = (descriptions: Record<string, string>) => {
    const fields = Object.fromEntries(render(eventOf({ descriptions }), "query").fields ?? []);
    return [fields.statusNL, fields.statusEN, fields.statusFR];
  };

  it("are empty where the event has none", () => {
    expect(named({})).toEqual(["", "", ""]);
  });

  it("of other languages are left out", () => {
    expect(named({ de: "Mit dem Kurier", nld: "x", en: "Taken" })).toEqual(["", "Taken", ""]);
  });

  it("of a region serve where the language itself has none", () => {
    expect(named({ "nl-BE": "Mee", "nl-NL": "Meegegaan", "FR-be": "En route", "en-GB": "Out" })).toEqual([
      "Mee",
      "Out",
      "En route",
    ]);
    expect(named({ "nl-BE": "Mee", nl: "Mee met koerier", EN: "Taken", "fr-CA": "Parti", fr: "" })).toEqual([
      "Mee met koerier",
      "Taken",
      "Parti",
    ]);
  });
});

describe("render", () => {
  it("writes the status time on the wall clock of the zone that it is given", () => {
    const fields = render(eventOf(), "query", "Asia/Kolkata").fields ?? [];
    expect(Object.fromEntries(fields).statustime).toBe("20230719143649");
    expect(render(eventOf(), "json", "Asia/Kolkata").fileName).toBe("ASK132456798_take_20230719143649.json");
  });

  it("refuses a format that it does not know, and more or fewer events than one", () => {
    const context = {
      format: "csv",
      target: "file",
      timeZone: "UTC",
      now: 0,
      id: "d",
      history: [],
      details: {},
    } as const;
    expect(() => ontime.render([eventOf()], {}, context)).toThrow(RenderError);
    expect(() => ontime.render([], {}, { ...context, format: "json" })).toThrow(RenderError);
    expect(() => ontime.render([eventOf(), eventOf()], {}, { ...context, format: "json" })).toThrow(RenderError);
  });

  it("takes json and xml as formats in its options, and nothing else", () => {
    const validate = compileSchema(ontime.optionsSchema);
    for (const options of [{}, { format: "json" }, { format: "xml" }]) expect(validate(options)).toEqual([]);
    expect(plainFaults(validate({ format: "csv" }))).toEqual([
      { path: "/format", message: "must be one of json, xml" },
    ]);
    expect(plainFaults(validate({ colour: "red" }))).toEqual([{ path: "/colour", message: "is not a known field" }]);
  });
});
