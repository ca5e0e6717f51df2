import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defineApi } from "../../src/cli/define-api.js";
import { defineService } from "../../src/cli/define-service.js";
import { createProgram, explain } from "../../src/cli/program.js";
import { run } from "./run.js";

function allCommands(): string[][] {
  const program = createProgram("1.2.3");
  defineService(program, () => {});
  defineApi(program, () => {});
  const walk = (command: typeof program, path: string[]): string[][] =>
    command.commands.flatMap((child) => {
      const here = [...path, child.name()];
      return child.commands.length > 0 ? walk(child, here) : [here];
    });
  return walk(program, []);
}

describe("program", () => {
  it("has every command that the documentation names", () => {
    expect(allCommands().map((path) => path.join(" "))).toEqual([
      "serve",
      "migrate",
      "send",
      "demo",
      "endpoints apply",
      "endpoints export",
      "endpoints list",
      "endpoints show",
      "endpoints pause",
      "endpoints disable",
      "endpoints resume",
      "deliveries list",
      "deliveries show",
      "deliveries retry",
      "deliveries cancel",
      "deliveries replay",
      "render",
      "check",
      "test",
      "customers list",
      "statuses list",
      "purge",
      "secrets status",
      "secrets rotate",
      "keys show",
      "keys create",
      "keys list",
      "keys revoke",
      "audit list",
      "users add",
      "users list",
      "users link",
      "users disable",
      "users enable",
    ]);
  });

  it("explains every command with examples and exit codes", async () => {
    for (const path of allCommands()) {
      const { code, out } = await run(...path, "--help");
      expect(code, path.join(" ")).toBe(0);
      expect(out).toMatch(/Examples:\n {2}\$ .*waybell|curl/);
      expect(out).toContain("Exit codes: 0 fine, 1 something was refused or failed, 2 wrong usage, 3 the server");
    }
  });

  it("has --json for programs in every command that speaks to a server", async () => {
    for (const path of allCommands().filter(([first]) => !["serve", "migrate", "demo"].includes(first ?? ""))) {
      expect((await run(...path, "--help")).out, path.join(" ")).toMatch(/^ +--json /m);
    }
  });

  it("answers wrong usage with a sentence and exit code 2", async () => {
    const wrong: [string[], RegExp][] = [
      [["sned", "x"], /unknown command 'sned'.*Did you mean send\?/s],
      [["send"], /missing required argument 'FILE'/],
      [["send", "x.csv", "--formt", "csv"], /unknown option '--formt'.*--format/s],
      [["send", "x.csv", "--concurrency", "0"], /whole number from 1 to 32/],
      [["send", "x.csv", "--give-up-after", "soon"], /duration such as 30s/],
      [["deliveries", "list", "--limit", "many"], /whole number/],
      [["deliveries", "frobnicate"], /unknown command 'frobnicate'/],
      [["send", "/nowhere/day.ndjson", "--url", "http://127.0.0.1:9", "--key", "k"], /day.ndjson does not exist/],
      [["deliveries", "retry", "--url", "http://127.0.0.1:9", "--key", "k"], /Say which deliveries/],
      [["customers", "list", "--url", "nonsense", "--key", "k"], /is no address of a server/],
    ];
    for (const [args, sentence] of wrong) {
      const { code, err } = await run(...args);
      expect(err).toMatch(sentence);
      expect(code, args.join(" ")).toBe(2);
    }
  });

  it("answers a server that is not there with exit code 3", async () => {
    const { code, err } = await run("customers", "list", "--url", "http://127.0.0.1:9", "--key", "k");
    expect(code).toBe(3);
    expect(err).toMatch(/cannot be reached/);
  });

  it("tells a taken port and a wrong environment without a stack", () => {
    expect(explain(Object.assign(new Error("listen"), { code: "EADDRINUSE", port: 80 }))).toEqual({
      text: "Port 80 is in use by another program: set PORT to another one.",
      code: 1,
    });
    const wrong = Object.assign(new Error("PORT must be a number."), { name: "ConfigError" });
    expect(explain(wrong)).toEqual({ text: "PORT must be a number.", code: 2 });
    expect(explain(new Error("a bug")).text).toMatch(/a bug\n {4}at /);
  });

  it.runIf(existsSync("/dev/full"))("says in one sentence that its output cannot be written, and exits with 1", () => {
    for (const args of [["keys", "show", "--url", "http://127.0.0.1:9", "--key", "k"], ["--help"]]) {
      const full = openSync("/dev/full", "w");
      const command = ["--import", "tsx", new URL("../../src/cli.ts", import.meta.url).pathname, ...args];
      const { status, stderr } = spawnSync(process.execPath, command, { stdio: ["ignore", full, "pipe"] });
      closeSync(full);
      expect(stderr.toString()).toBe("The output cannot be written (ENOSPC).\n");
      expect(status).toBe(1);
    }
  });
});
