import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { HOLDER_TABLES } from "../../src/store/secret-rows.js";

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith("store/generated"));
const text = (file: string) => readFileSync(join("src", file), "utf8");

/** Rotation itself, and the marks that show which keys were used. */
const KEEPING = ["store/secret-keeping.ts", "store/secrets.ts"];

// What rotation does not go through is lost with the old key.
it("rotates every table that something is encrypted for", () => {
  const tables = files
    .filter((file) => /\.encrypt\b/.test(text(file)) && !KEEPING.includes(file))
    .map((file) => [file, ...new Set([...text(file).matchAll(/`(\w+)\/\$\{/g)].map(([, table]) => table))]);
  expect(tables.sort()).toEqual([
    ["store/customer-rows.ts", "customers"],
    ["store/endpoint-rows.ts", "endpoints"],
    ["store/mails.ts", "mails"],
  ]);
  expect(tables.map(([, table]) => table).sort()).toEqual([...HOLDER_TABLES].sort());
});
