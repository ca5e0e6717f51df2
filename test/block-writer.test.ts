import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBlockWriter } from "../src/block-writer.js";
import { until } from "./support/service.js";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waybell-log-"));
  file = join(folder, "log");
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (at: number) => `${JSON.stringify({ at, text: "é".repeat(at % 300) })}\n`;

describe("the block writer", () => {
  it("writes every line once, in their order, whatever their number", async () => {
    const fd = openSync(file, "w");
    const { write } = createBlockWriter(fd);
    const lines = Array.from({ length: 5_000 }, (_, at) => line(at));
    for (const one of lines) write(one);
    await until(() => readFileSync(file, "utf8").length >= lines.join("").length);
    expect(readFileSync(file, "utf8")).toBe(lines.join(""));
    closeSync(fd);
  });

  it("gathers a few lines for a moment, and writes them without a further one", async () => {
    const fd = openSync(file, "w");
    const { write } = createBlockWriter(fd);
    write(line(1));
    write(line(2));
    expect(readFileSync(file, "utf8")).toBe("");
    await until(() => readFileSync(file, "utf8") === line(1) + line(2));
    closeSync(fd);
  });

  it("writes on once a full disk has room again", async () => {
    const fd = openSync("/dev/full", "w");
    const { write } = createBlockWriter(fd);
    for (let at = 0; at < 3_000; at++) write(line(at));
    await new Promise((turn) => setTimeout(turn, 150));
    const room = openSync(file, "w");
    // The same descriptor leads to a file with room from here on.
    closeSync(fd);
    expect(openSync(file, "w")).toBe(fd);
    await until(() => readFileSync(file, "utf8").length > 0);
    expect(readFileSync(file, "utf8").startsWith(line(0))).toBe(true);
    closeSync(fd);
    closeSync(room);
  });

  it("writes at exit also the block that a full disk had refused", async () => {
    const fd = openSync("/dev/full", "w");
    const { write } = createBlockWriter(fd);
    const lines = Array.from({ length: 300 }, (_, at) => line(at));
    for (const one of lines) write(one);
    await new Promise((turn) => setTimeout(turn, 30));
    closeSync(fd);
    expect(openSync(file, "w")).toBe(fd);
    process.listeners("exit").at(-1)?.(0);
    expect(readFileSync(file, "utf8")).toBe(lines.join(""));
    closeSync(fd);
  });

  it("goes on without a log when nobody can take it any more", async () => {
    closeSync(openSync(file, "w"));
    const fd = openSync(file, "r");
    const { write } = createBlockWriter(fd);
    for (let at = 0; at < 5_000; at++) write(line(at));
    await until(async () => true);
    for (let at = 0; at < 5_000; at++) write(line(at));
    closeSync(fd);
    expect(readFileSync(file, { encoding: "utf8", flag: "a+" })).toBe("");
  });
});
