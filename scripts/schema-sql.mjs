#!/usr/bin/env node
// Prints the SQL that makes an empty database fit prisma/schema.prisma: what a new migration is written from, and what
// test/store/migrations.test.ts compares the migrations with.
// The Prisma CLI would download an engine for this; the engine's WebAssembly build comes from npm.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";

// The package is made for bundlers: Node loads its WebAssembly only when told how.
const wasmFile = createRequire(import.meta.url)
  .resolve("@prisma/schema-engine-wasm/schema_engine_bg")
  .replace(/\.js$/, ".wasm");
const { instance } = await WebAssembly.instantiate(readFileSync(wasmFile), { "./schema_engine_bg.js": bindings });
bindings.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start?.();

const content = readFileSync(new URL("../prisma/schema.prisma", import.meta.url), "utf8");
const schema = { path: "prisma/schema.prisma", content };
const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaLibSql({ url: ":memory:" }));
const engine = await bindings.SchemaEngine.new({ datamodels: [[schema.path, content]] }, () => {}, adapter);
const { stdout } = await engine.diff({
  from: { tag: "empty" },
  to: { tag: "schemaDatamodel", files: [schema] },
  script: true,
  exitCode: null,
  filters: { externalTables: [], externalEnums: [] },
});
process.stdout.write(stdout ?? "");
