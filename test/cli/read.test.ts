import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatOf, readEvents, type SourceFormat } from "../../src/cli/read/index.js";
import { openSource, type SourceLine } from "../../src/cli/read/source.js";
import { xlsx, zip } from "./xlsx-file.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waybell-read-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OPTIONS = { encoding: "utf-8", delimiter: null, sheet: null, ignoreColumns: [] as string[] };

async function readAll(content: string | Buffer, format: SourceFormat, options: Partial<typeof OPTIONS> = {}) {
  const file = join(folder, `input.${format}`);
  writeFileSync(file, content);
  const source = await openSource(file, process.stdin);
  const lines: SourceLine[] = [];
  for await (const line of readEvents(source, format, { ...OPTIONS, ...options })) lines.push(line);
  return lines;
}

async function eventsOf(content: string | Buffer, format: SourceFormat, options: Partial<typeof OPTIONS> = {}) {
  return (await readAll(content, format, options)).map((line) => ("event" in line ? line.event : line.errors));
}

describe("NDJSON", () => {
  it("reads one event a line, past empty lines, CR/LF, a byte order mark and a last line without an end", async () => {
    const lines = await readAll('\ufeff{"order":"A"}\r\n\n{"order":"B"}\n{"order":"é"}', "ndjson");
    expect(lines.map(({ line }) => line)).toEqual([1, 3, 4]);
    expect(lines.map((line) => "event" in line && line.event.order)).toEqual(["A", "B", "é"]);
    expect(lines.at(-1)?.position).toBe(1);
  });

  it("puts characters together that lie across two chunks", async () => {
    const bytes = Buffer.from('{"order":"é€📦"}\n');
    async function* single() {
      for (const byte of bytes) yield Buffer.from([byte]);
    }
    const source = await openSource("-", single());
    const lines: SourceLine[] = [];
    for await (const line of readEvents(source, "ndjson", OPTIONS)) lines.push(line);
    expect(lines).toEqual([{ line: 1, position: null, event: { order: "é€📦" } }]);
  });

  it("says of each line that is no event what is wrong, and goes on", async () => {
    const content = Buffer.concat([
      Buffer.from('{"a":\n[1]\n"x"\n'),
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from('\n{"order":"B"}'),
    ]);
    expect(await eventsOf(content, "ndjson")).toEqual([
      [{ path: "", message: expect.stringMatching(/^is not valid JSON: /) }],
      [{ path: "", message: "is not a JSON object" }],
      [{ path: "", message: "is not a JSON object" }],
      [{ path: "", message: "is not UTF-8 text" }],
      { order: "B" },
    ]);
  });

  it("reads the text of a line of a file of refused lines again, whole and once it is put right", async () => {
    const refused = { line: 4, title: "", errors: [] };
    const bad = `{"order":"A","comment":"${"x".repeat(5000)}"`;
    const [first] = await readAll(bad, "ndjson");
    const text = first && "text" in first ? first.text : "";
    expect(text).toBe(bad);
    const kept = [{ text }, { text: `${text}}` }, { text: "[1]" }].map((more) => JSON.stringify({ refused, ...more }));
    const [still, right, list] = await readAll(kept.join("\n"), "ndjson");
    expect(still).toMatchObject({ text: bad, errors: [{ message: expect.stringMatching(/^is not valid JSON: /) }] });
    expect(right).toMatchObject({ event: { order: "A" } });
    expect(list).toMatchObject({ text: "[1]", errors: [{ message: "is not a JSON object" }] });
    const own = { refused: "no", text: "an event's own", order: "B" };
    expect(await eventsOf(JSON.stringify(own), "ndjson")).toEqual([own]);
  });

  it("takes the event out of a line of a file of refused lines", async () => {
    const line = JSON.stringify({ refused: { line: 4, title: "", errors: [] }, event: { order: "A" } });
    expect(await eventsOf(line, "ndjson")).toEqual([{ order: "A" }]);
  });
});

describe("JSON", () => {
  it("reads a list, a single event, and one event a line", async () => {
    expect(await eventsOf('[{"order":"A"},\n7]', "json")).toEqual([
      { order: "A" },
      [{ path: "", message: "is not a JSON object" }],
    ]);
    expect(await eventsOf('{\n"order":"A"\n}', "json")).toEqual([{ order: "A" }]);
    expect(await eventsOf('{"order":"A"}\n{"order":"B"}\n', "json")).toEqual([{ order: "A" }, { order: "B" }]);
  });

  it("refuses what is no JSON at all", async () => {
    await expect(readAll('[{"order":', "json")).rejects.toThrow(/is not valid JSON/);
  });
});

describe("CSV", () => {
  it("maps ON TIME's names, dotted names and Waybell's own, in any spelling", async () => {
    const content = [
      "Order;Status Code;statustime;statusNL;statusFR;referentie;location.latitude;details.recipient.name;details.pieces;details.isReturn;descriptions.pt-BR;details.extra.Zone",
      'A1;take;20230719110649;Mee met koerier;"En route; avec ""courier""";anc/1;51,25;Ann;2;yes;Saiu;"B 7"',
    ].join("\r\n");
    expect(await eventsOf(`\ufeff${content}\r\n`, "csv")).toEqual([
      {
        order: "A1",
        statusCode: "take",
        statusTime: "20230719110649",
        descriptions: { nl: "Mee met koerier", fr: 'En route; avec "courier"', "pt-BR": "Saiu" },
        reference: "anc/1",
        location: { latitude: 51.25 },
        details: { recipient: { name: "Ann" }, pieces: 2, isReturn: true, extra: { Zone: "B 7" } },
      },
    ]);
  });

  it("leaves empty cells out and reads lists, signatures and numbers as they are meant", async () => {
    const content = [
      "order,comment,pictures,signature,signedby,callbackUrls,details.supplierOrderNumber,details.account.number,file.id",
      'A,,"data:image/png;base64, AAAA",data:image/png;base64;x,Jan,https://a.example https://b.example,202012345,0012,7',
      'B,x,"[""data:a"",""data:b""]",,,,,,',
    ].join("\n");
    const [first, second] = await eventsOf(content, "csv");
    expect(first).toEqual({
      order: "A",
      pictures: ["data:image/png;base64, AAAA"],
      signatures: [{ image: "data:image/png;base64;x", signedBy: "Jan" }],
      callbackUrls: ["https://a.example", "https://b.example"],
      details: { supplierOrderNumber: 202012345, account: { number: "0012" } },
      file: { id: 7 },
    });
    expect(second).toEqual({ order: "B", comment: "x", pictures: ["data:a", "data:b"] });
  });

  it("counts lines as an editor does, and refuses rows with more cells than the heading", async () => {
    const lines = await readAll('order,comment\nA,"two\nlines"\n\nB,one,too many\nC,ok\n', "csv");
    expect(lines.map(({ line }) => line)).toEqual([2, 5, 6]);
    expect(lines[1]).toMatchObject({
      errors: [{ message: expect.stringContaining("has 3 cells, but the heading has 2") }],
    });
  });

  it.each(["constructor", "toString", "__proto__", "hasOwnProperty", "value of"])(
    "refuses a column called %s like any other that no event has",
    async (name) => {
      await expect(readAll(`order,${name}\nA,1\n`, "csv")).rejects.toThrow(`No field of an event is called "${name}"`);
      await expect(readAll(xlsx([["order", name]]), "xlsx")).rejects.toThrow(
        `No field of an event is called "${name}"`,
      );
      expect(await eventsOf(`order,details.extra.${name}\nA,1\n`, "csv")).toMatchObject([{ order: "A" }]);
    },
  );

  it("refuses columns that no event has, unless they are to be ignored, and two columns for one field", async () => {
    await expect(readAll("order,colour\nA,red\n", "csv")).rejects.toThrow(/No field of an event is called "colour"/);
    expect(await eventsOf("order,colour\nA,red\n", "csv", { ignoreColumns: ["Colour"] })).toEqual([{ order: "A" }]);
    await expect(readAll("statusNL,descriptions.nl\nx,y\n", "csv")).rejects.toThrow(/both say descriptions.nl/);
  });

  it("reads windows-1252 when told to, and otherwise says that the file is not UTF-8", async () => {
    const content = Buffer.from("order;comment\nA;caf\xe9 \x80 5\n", "latin1");
    await expect(readAll(content, "csv")).rejects.toThrow(/is not utf-8 text.*--encoding windows-1252/s);
    expect(await eventsOf(content, "csv", { encoding: "windows-1252" })).toEqual([{ order: "A", comment: "café € 5" }]);
  });

  it("keeps a quote inside a cell, and names the line of a quote that never ends", async () => {
    expect(await eventsOf('order,comment\nA,5" pipe\n', "csv")).toEqual([{ order: "A", comment: '5" pipe' }]);
    await expect(readAll('order,comment\nA,"never ends\n', "csv")).rejects.toThrow(/is no CSV from line \d/);
  });

  it("cannot be led to change the prototype of objects", async () => {
    const [event] = await eventsOf("order,details.extra.__proto__,descriptions.__proto__\nA,x,y\n", "csv");
    expect(Object.getPrototypeOf((event as { details: { extra: object } }).details.extra)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe("XLSX", () => {
  it("reads texts, numbers, dates and empty cells, and passes over empty rows", async () => {
    const file = xlsx([
      ["order", "statuscode", "statustime", "reference", "details.pieces"],
      ["A & B", "take", { days: 45126.4630671296 }, 12345, 2],
      [null, null, null, null, null],
      ["C", "take", 20230719110649, "é", null],
    ]);
    const lines = await readAll(file, "xlsx");
    expect(lines.map(({ line }) => line)).toEqual([2, 4]);
    expect(lines.map((line) => "event" in line && line.event)).toEqual([
      { order: "A & B", statusCode: "take", statusTime: "20230719110649", reference: "12345", details: { pieces: 2 } },
      { order: "C", statusCode: "take", statusTime: "20230719110649", reference: "é" },
    ]);
  });

  it("refuses a number that the spreadsheet has rounded", async () => {
    const lines = await readAll(
      xlsx([
        ["order", "barcode"],
        ["A", 5412345678901234],
      ]),
      "xlsx",
    );
    expect(lines[0]).toMatchObject({
      line: 2,
      errors: [{ path: "/barcode", message: expect.stringContaining("more than 15 digits") }],
    });
  });

  it("refuses an archive that unpacks to far more than its size, and what is no archive", async () => {
    const bomb = zip({ "xl/worksheets/sheet1.xml": Buffer.alloc(170 * 1024 * 1024) });
    expect(bomb.length).toBeLessThan(1024 * 1024);
    await expect(readAll(bomb, "xlsx")).rejects.toThrow(/unpacks to more than 160 MiB/);
    await expect(readAll("order;x", "xlsx")).rejects.toThrow(/cannot be read as XLSX/);
  });
});

describe("formatOf", () => {
  it("tells the format from the name, and asks where it cannot", () => {
    expect(["a.ndjson", "a.JSONL", "a.json", "a.csv", "a.xlsx", "-"].map((file) => formatOf(file, undefined))).toEqual([
      "ndjson",
      "ndjson",
      "json",
      "csv",
      "xlsx",
      "ndjson",
    ]);
    expect(formatOf("-", "csv")).toBe("csv");
    expect(() => formatOf("day.dat", undefined)).toThrow(/give --format/);
    expect(() => formatOf("day.csv", "xml")).toThrow(/"xml" is no format/);
  });

  it("says of a file that it is missing, or a folder", async () => {
    await expect(openSource(join(folder, "none"), process.stdin)).rejects.toThrow(/none does not exist/);
    await expect(openSource(folder, process.stdin)).rejects.toThrow(/is a folder/);
  });
});
