import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const fastify: string = lock.packages["node_modules/fastify"].version;

/** Runs the audit against a registry that answers so; undefined: there is none. */
async function audit(answer: RequestListener | undefined, more: Record<string, string> = {}) {
  const registry = createServer(answer ?? (() => undefined));
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  const { port } = registry.address() as AddressInfo;
  const close = () => new Promise((resolve) => registry.close(resolve));
  if (!answer) await close();
  const cache = mkdtempSync(join(tmpdir(), "waybell-audit-"));
  const { AUDIT_REQUIRED: _asked, ...inherited } = process.env;
  const npm = {
    npm_config_registry: `http://127.0.0.1:${port}/`,
    npm_config_cache: cache,
    npm_config_fetch_retries: "0",
  };
  try {
    return await new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const env = { ...inherited, ...npm, ...more };
      execFile(process.execPath, ["scripts/audit.mjs"], { env }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });
  } finally {
    if (answer) await close();
    rmSync(cache, { recursive: true, force: true });
  }
}

const withoutAdvisories: RequestListener = (_request, response) => void response.writeHead(404).end("{}");
const knowsNothing: RequestListener = (_request, response) =>
  void response.writeHead(200, { "content-type": "application/json" }).end("{}");
const knowsOne: RequestListener = ({ method }, response) => {
  const advisory = { id: 1, title: "A flaw", severity: "high", vulnerable_versions: "*", url: "https://example.com/1" };
  // It is asked for advisories, and then for the versions of what has one.
  const versions = { [fastify]: { name: "fastify", version: fastify } };
  const answer = method === "POST" ? { fastify: [advisory] } : { name: "fastify", versions };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
};

describe("the audit", () => {
  it("says that it was not done where no registry answers it, and fails nothing for that", async () => {
    for (const answer of [undefined, withoutAdvisories]) {
      const { code, out } = await audit(answer);
      expect([code, out]).toEqual([0, expect.stringContaining("NOT DONE")]);
    }
  }, 60_000);

  it("fails for that where AUDIT_REQUIRED=1 asks for an answer", async () => {
    for (const answer of [undefined, withoutAdvisories]) {
      const { code, out, err } = await audit(answer, { AUDIT_REQUIRED: "1" });
      expect([code, out, err]).toEqual([1, expect.stringContaining("NOT DONE"), expect.stringContaining("failure")]);
    }
  }, 60_000);

  it("passes where the registry knows of no flaw, and fails where it knows of one, whatever is asked", async () => {
    for (const more of [{}, { AUDIT_REQUIRED: "1" }]) {
      expect(await audit(knowsNothing, more)).toMatchObject({ code: 0, out: "audit: no known vulnerability\n" });
      const found = await audit(knowsOne, more);
      expect(found.code).toBe(1);
      expect(found.err).toContain("high: fastify *");
    }
  }, 60_000);
});
