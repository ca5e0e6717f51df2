import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waybell-e2e-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  text(): string;
}

/** The built command line, with a temporary folder of its own. */
function waybell(...args: string[]): Running {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr.on("data", (chunk) => {
    text += chunk;
  });
  return { child, ended: new Promise((resolve) => child.on("close", resolve)), text: () => text };
}

function urlIn(text: string): string {
  return /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? "";
}

describe("waybell demo", () => {
  it("delivers the whole day by every method, retries, sends both mails, and leaves nothing behind", async () => {
    const demo = waybell("demo");
    const code = await demo.ended;
    expect(demo.text()).toContain("Every event arrived where it should");
    expect(code).toBe(0);
    expect(demo.text()).toMatch(/pharma-du-nord +ERP +URL\/POST +(\d+) +\1 +[1-9]\d* +2 +✓/);
    expect(demo.text().match(/✓$/gm)).toHaveLength(5);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("stops everything and leaves nothing behind when it is interrupted", async () => {
    const demo = waybell("demo");
    await expect.poll(demo.text, { timeout: 60_000 }).toContain("goes down");
    const url = urlIn(demo.text());
    demo.child.kill("SIGINT");
    expect(await demo.ended).toBe(1);
    expect(demo.text()).toContain("Interrupted: everything was stopped and removed.");
    expect(readdirSync(folder)).toEqual([]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it("stays with --keep until it is interrupted, and can be looked at meanwhile", async () => {
    const demo = waybell("demo", "--keep");
    await expect.poll(demo.text, { timeout: 90_000 }).toContain("Look around");
    const [, url = "", key = ""] = /WAYBELL_URL=(\S+) WAYBELL_KEY=(\S+)/.exec(demo.text()) ?? [];
    const list = waybell("deliveries", "list", "--customer", "port-trade", "--limit", "3", "--url", url, "--key", key);
    expect(await list.ended).toBe(0);
    expect(list.text()).toMatch(/dlv_\S+ +port-trade +PT\d+ +delivered/);
    demo.child.kill("SIGINT");
    expect(await demo.ended).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("the built command line", () => {
  it("answers usage, refusal and absence with their exit codes", async () => {
    const wrong = waybell("sned");
    expect(await wrong.ended).toBe(2);
    expect(wrong.text()).toContain("Did you mean send?");
    const absent = waybell("customers", "list", "--url", "http://127.0.0.1:9", "--key", "k");
    expect(await absent.ended).toBe(3);
    const help = waybell("send", "--help");
    expect(await help.ended).toBe(0);
    const version = waybell("--version");
    expect(await version.ended).toBe(0);
    expect(version.text()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
