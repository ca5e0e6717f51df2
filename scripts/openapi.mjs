// Writes docs/openapi.json: npx tsx scripts/openapi.mjs. Declaring the operations calls none of the parts.
import { readFileSync, writeFileSync } from "node:fs";
import { openApiDocument } from "../src/api/openapi.js";
import { operationsOf } from "../src/api/operations.js";
import { templates } from "../src/templates/index.js";
import { transports } from "../src/transports/index.js";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const services = { transports: Object.values(transports), templates: Object.values(templates) };
const document = openApiDocument(operationsOf(services, version, {}), { version, publicUrl: null });
writeFileSync("docs/openapi.json", `${JSON.stringify(document, null, 2)}\n`);
