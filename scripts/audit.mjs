#!/usr/bin/env node
// `npm audit` of what is installed. Fails on a known vulnerability; where the registry has no advisories to ask (some
// mirrors have none), it says so instead of claiming that all is well.
import { spawnSync } from "node:child_process";

const { stdout } = spawnSync("npm", ["audit", "--json"], { encoding: "utf8", shell: process.platform === "win32" });
let report;
try {
  report = JSON.parse(stdout);
} catch {
  report = {};
}
const counts = report.metadata?.vulnerabilities;
if (!counts) {
  console.log(
    `audit: NOT DONE, the registry did not answer it (${report.message ?? report.error?.summary ?? "no report"})`,
  );
} else if (counts.total > 0) {
  for (const [name, { severity, range }] of Object.entries(report.vulnerabilities))
    console.error(`${severity}: ${name} ${range}`);
  console.error(`audit: ${counts.total} known vulnerabilities`);
  process.exit(1);
} else {
  console.log("audit: no known vulnerability");
}
