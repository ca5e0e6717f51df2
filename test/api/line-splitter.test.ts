import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../src/api/line-splitter.js";

/** The lines of a text that comes in pieces of `size` bytes. */
function split(text: string, size: number, maxBytes = 100): [number, string | null][] {
  const splitter = new LineSplitter(maxBytes);
  const bytes = Buffer.from(text);
  const lines: [number, string | null][] = [];
  const keep = (found: ReturnType<LineSplitter["push"]>) => {
    for (const line of found) lines.push([line.number, line.bytes?.toString() ?? null]);
  };
  for (let at = 0; at < bytes.length; at += size) keep(splitter.push(bytes.subarray(at, at + size)));
  keep(splitter.end());
  return lines;
}

describe("LineSplitter", () => {
  const text = `a\n\nbéb\r\n \t\r\n${"x".repeat(101)}\n${"y".repeat(100)}\n🚚`;
  it.each([1, 2, 3, 7, 50, 101, 1000])("cuts the same lines out of pieces of %i bytes", (size) => {
    expect(split(text, size)).toEqual([
      [1, "a"],
      [3, "béb\r"],
      [5, null],
      [6, "y".repeat(100)],
      [7, "🚚"],
    ]);
  });

  it("tells of a last line that is too long", () => {
    expect(split("z".repeat(500), 64)).toEqual([[1, null]]);
  });

  it("does not hold a line that is too long", () => {
    const splitter = new LineSplitter(100);
    for (let at = 0; at < 50; at++) {
      splitter.push(Buffer.alloc(10, 0x78));
      expect(splitter.pending).toBeLessThanOrEqual(100);
    }
    expect(splitter.pending).toBe(0);
  });
});
