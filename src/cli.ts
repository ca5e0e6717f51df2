#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { defineApi } from "./cli/define-api.js";
import { defineService } from "./cli/define-service.js";
import { createProgram, explain } from "./cli/program.js";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = createProgram(version);
const finish = (code: number) => {
  process.exitCode = code;
};
defineService(program, finish);
defineApi(program, finish);

try {
  await program.parseAsync();
} catch (error) {
  const { text, code } = explain(error);
  if (text !== null) process.stderr.write(`${text}\n`);
  process.exitCode = code;
}
