import { readSheet } from "read-excel-file/node";
import { expect, it } from "vitest";
import { firstOf, rowsOf } from "../../src/api/routes/deliveries-export.js";
import { type Cell, xlsxFile } from "../../src/tables/xlsx.js";
import { delivery, fakeServices } from "./fakes.js";

async function* setsOf(count: number): AsyncGenerator<Cell[][], void> {
  for (let at = 0; at < count; at += 500) {
    yield Array.from({ length: Math.min(500, count - at) }, (_, index) => [at + index]);
  }
}

async function allOf<T>(made: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of made) all.push(each);
  return all;
}

const rowsIn = async (sets: AsyncIterable<Cell[][]>) => (await allOf(sets)).flat();

it("a spreadsheet holds 100,000 deliveries, and says where it is cut", async () => {
  const whole = await rowsIn(firstOf(setsOf(100_000)));
  expect(whole).toHaveLength(100_000);
  const cut = await rowsIn(firstOf(setsOf(100_001)));
  expect(cut).toHaveLength(100_001);
  expect(cut.at(-2)).toEqual([99_999]);
  expect(cut.at(-1)).toEqual([expect.stringContaining("Only the newest 100000")]);
});

it("an export ends once its key is revoked", async () => {
  const { deliveries } = fakeServices().services;
  let left = 2;
  const requireKey = () => {
    if (left-- === 0) throw new Error("revoked");
  };
  const list = async () => ({ items: [delivery], next: "bmV4dA" });
  await expect(rowsIn(rowsOf({ ...deliveries, list }, {}, { requireKey }))).rejects.toThrow("revoked");
});

it("a spreadsheet keeps every text as it is, in any number of columns", async () => {
  const texts = ["=1+1", "a  b", "<&>\"'", "_x0041_", "line\nline", "x".repeat(40_000), "😀"];
  const head = Array.from({ length: 60 }, (_, at) => `c${at}`);
  const row: Cell[] = [...texts, 12.5, null, new Date(Date.UTC(2026, 1, 29, 12)), ...head.slice(10)];
  async function* rows() {
    yield [row];
  }
  const bytes = Buffer.concat(await allOf(xlsxFile({ name: "a<b", head, rows: rows() })));
  const [names, cells = []] = await readSheet(bytes);
  expect(names).toEqual(head);
  expect(cells.slice(0, 5)).toEqual(texts.slice(0, 5));
  expect(cells[5]).toBe("x".repeat(32_767));
  expect(cells.slice(6, 10)).toEqual(["😀", 12.5, null, new Date(Date.UTC(2026, 1, 29, 12))]);
  expect(cells.at(-1)).toBe("c59");
});
