import { defineConfig } from "prisma/config";

// `generate` only asks that a schema engine exists; naming one keeps it from being downloaded.
if (process.argv.includes("generate")) process.env.PRISMA_SCHEMA_ENGINE_BINARY = process.execPath;

export default defineConfig({
  schema: "prisma/schema.sqlite.prisma",
  migrations: { path: "prisma/migrations/sqlite" },
});
