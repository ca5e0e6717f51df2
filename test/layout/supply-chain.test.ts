import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
  scripts: Record<string, string>;
};
const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
const locked = Object.entries(lock.packages).filter(([path]) => path !== "");
const nameOf = (path: string) => path.replace(/^.*node_modules\//, "");

describe("the lock file", () => {
  it("pins every package by its content, and names no registry", () => {
    expect(locked.length).toBeGreaterThan(300);
    for (const [path, { version, integrity, resolved }] of locked) {
      expect(version, path).toMatch(/^\d+\.\d+\.\d+/);
      expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
      expect(resolved, path).toBeUndefined();
    }
  });

  it("takes packages from a registry only: none from Git, an address or a folder", () => {
    for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(range, name).toMatch(/^[~^]?\d+\.\d+\.\d+(-[\w.-]+)?$/);
    }
  });

  it("holds no other package with an install script than those that docs/security.md explains", () => {
    const withScript = new Set(locked.filter(([, one]) => one.hasInstallScript).map(([path]) => nameOf(path)));
    const table = readFileSync("docs/security.md", "utf8").split("### Install scripts")[1]?.split("\n#")[0] ?? "";
    const explained = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    expect([...withScript].sort()).toEqual(explained.sort());
    // npm 11 runs none of them, even without --ignore-scripts.
    expect(manifest.allowScripts).toEqual(Object.fromEntries([...withScript].map((name) => [name, false])));
  });
});

describe("no install script is needed", () => {
  it("by Waybell itself", () => {
    const runAlone = /^(pre|post)?(install|prepare|prepublish|pack)$/;
    expect(Object.keys(manifest.scripts).filter((name) => runAlone.test(name))).toEqual([]);
  });

  it("as every installation that this repository does is without them", () => {
    const files = [".ci/run", "Dockerfile", "docs/operations.md"];
    for (const file of files) {
      const lines = readFileSync(file, "utf8").replace(/^#.*$/gm, "");
      const commands = lines.match(/\bnpm (ci|install|prune)\b[^&|`\n]*/g) ?? [];
      expect(commands.length, file).toBeGreaterThan(0);
      for (const command of commands) expect(command, file).toContain("--ignore-scripts");
    }
  });

  it("as what they would compile is not there, and these tests run", () => {
    const compiled = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        if (entry.isDirectory()) return compiled(join(folder, entry.name));
        return entry.name.endsWith(".node") ? [entry.name] : [];
      });
    for (const name of ["ssh2", "cpu-features"]) expect(compiled(join("node_modules", name)), name).toEqual([]);
  });
});

describe("docs/security.md", () => {
  it("points at tests that there are", () => {
    const text = readFileSync("docs/security.md", "utf8");
    const named = [...text.matchAll(/`((?:test|scripts)\/[\w./-]+)`/g)].map(([, file = ""]) => file);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
  });

  it("names a test for every promise", () => {
    const tables = readFileSync("docs/security.md", "utf8").split("| promise | test |\n|---|---|\n").slice(1);
    expect(tables.length).toBeGreaterThanOrEqual(5);
    for (const row of tables.flatMap((table) => table.split("\n\n")[0]?.trim().split("\n") ?? [])) {
      expect(row).toMatch(/^\| .+ \| .*`(test|scripts)\/[^`]+`.*\|$/);
    }
  });
});

describe("npm run sbom", () => {
  interface Bom {
    readonly bomFormat: string;
    readonly specVersion: string;
    readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
    readonly components: readonly { name: string; version: string; purl: string; hashes?: { content: string }[] }[];
  }

  it("lists each package that a running Waybell may hold, by version and content, from the lock file alone", () => {
    const folder = mkdtempSync(join(tmpdir(), "waybell-sbom-"));
    const file = join(folder, "waybell.cdx.json");
    try {
      // No registry is asked: the one that is named here does not exist.
      const env = {
        ...process.env,
        npm_config_registry: "http://127.0.0.1:1/",
        npm_config_cache: join(folder, "cache"),
      };
      execFileSync(process.execPath, ["scripts/sbom.mjs", file], { env, stdio: "pipe" });
      const bom = JSON.parse(readFileSync(file, "utf8")) as Bom;
      expect(bom).toMatchObject({ bomFormat: "CycloneDX", metadata: { component: { name: "waybell" } } });
      const listed = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
      // npm has written into the lock file what is for development, optional, or for an optional peer, only.
      const is = (path: string, { version }: Locked) => listed.has(`${nameOf(path)}@${version}`);
      const production = locked.filter(([, { dev, devOptional, optional }]) => !dev && !devOptional && !optional);
      expect(production.length).toBeGreaterThan(100);
      expect(production.filter(([path, one]) => !is(path, one)).map(([path]) => path)).toEqual([]);
      const own = new Set(production.map(([path, { version }]) => `${nameOf(path)}@${version}`));
      const tools = locked.filter(([path, one]) => one.dev && !own.has(`${nameOf(path)}@${one.version}`));
      expect(tools.filter(([path, one]) => is(path, one)).map(([path]) => path)).toEqual([]);
      for (const name of Object.keys(manifest.dependencies)) {
        expect(
          bom.components.map((one) => one.name),
          name,
        ).toContain(name);
      }
      for (const { name, purl, hashes = [] } of bom.components) {
        expect(purl).toMatch(/^pkg:npm\//);
        expect(hashes.length, name).toBeGreaterThan(0);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
