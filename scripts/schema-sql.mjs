#!/usr/bin/env node
// Prints the SQL that makes an empty database fit the Prisma schema: what a new migration is written from, and what
// tests compare the migrations with. Of SQLite, or with a DATABASE_URL as its argument of PostgreSQL.
// The Prisma CLI would download an engine for this; the engine's WebAssembly build comes from npm.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";

// The package is made for bundlers: Node loads its WebAssembly only when told how.
const wasmFile = createRequire(import.meta.url)
  .resolve("@prisma/schema-engine-wasm/schema_engine_bg")
  .replace(/\.js$/, ".wasm");
const { instance } = await WebAssembly.instantiate(readFileSync(wasmFile), { "./schema_engine_bg.js": bindings });
bindings.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start?.();

const [, , url] = process.argv;
const file = `schema.${url ? "postgresql" : "sqlite"}.prisma`;
const content = readFileSync(new URL(`../prisma/${file}`, import.meta.url), "utf8");
const schema = { path: `prisma/${file}`, content };
const factory = url ? new PrismaPg(url) : new PrismaLibSql({ url: ":memory:" });
const adapter = bindMigrationAwareSqlAdapterFactory(factory);
const engine = await bindings.SchemaEngine.new({ datamodels: [[schema.path, content]] }, () => {}, adapter);
const { stdout } = await engine.diff({
  from: { tag: "empty" },
  to: { tag: "schemaDatamodel", files: [schema] },
  script: true,
  exitCode: null,
  filters: { externalTables: [], externalEnums: [] },
});
// The adapter keeps its connection open for ten seconds.
process.stdout.write(stdout ?? "", () => process.exit());
