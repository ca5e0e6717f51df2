#!/usr/bin/env node
// Writes the Prisma schema of each database from the one template: Prisma takes its provider from no variable.
import { readFileSync, writeFileSync } from "node:fs";

const folder = new URL("../prisma/", import.meta.url);
const template = readFileSync(new URL("schema.template.prisma", folder), "utf8");

for (const provider of ["sqlite", "postgresql"]) {
  const schema = template.replaceAll("{{provider}}", provider);
  writeFileSync(
    new URL(`schema.${provider}.prisma`, folder),
    `// Made from schema.template.prisma: change that.\n${schema}`,
  );
}
