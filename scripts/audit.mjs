#!/usr/bin/env node
// `npm audit` of what is installed. Fails on a known vulnerability; where the registry has no advisories to ask (some
// mirrors have none), it says so instead of claiming that all is well; with AUDIT_REQUIRED=1 that is a failure too.
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
  const why = report.message ?? report.error?.summary ?? "no report";
  console.log(`audit: NOT DONE, the registry did not answer it (${why})`);
  if (process.env.AUDIT_REQUIRED === "1") {
    console.error("audit: AUDIT_REQUIRED=1 asks for an answer, so this is a failure");
    process.exit(1);
  }
} else if (counts.total > 0) {
  for (const [name, { severity, range }] of Object.entries(report.vulnerabilities))
    console.error(`${severity}: ${name} ${range}`);
  console.error(`audit: ${counts.total} known vulnerabilities`);
  process.exit(1);
} else {
  console.log("audit: no known vulnerability");
}
