import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";

interface Import {
  readonly from: string;
  /** A file below src, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const SRC = "src";
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith(join("store", "generated")))
  .map((name) => name.replaceAll("\\", "/"));

/** The file that was compiled to what is imported. */
const sourceOf = (name: string): string => {
  const [plain, pages] = [name.replace(/\.js$/, ".ts"), name.replace(/\.js$/, ".tsx")];
  return files.includes(pages) ? pages : plain;
};

const IMPORT = /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+"([^"]+)"|import\("([^"]+)"\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  return [...text.matchAll(IMPORT)].map(([, type, from, dynamic]) => {
    const name = from ?? dynamic ?? "";
    const to = name.startsWith(".") ? sourceOf(normalize(join(dirname(file), name))) : name;
    return { from: file, to: to.replaceAll("\\", "/"), typeOnly: type !== undefined };
  });
}

const imports = files.flatMap(importsOf);
const inside = (file: string, folder: string) => file.startsWith(`${folder}/`);
const show = (list: readonly Import[]) => list.map(({ from, to }) => `${from} -> ${to}`);
const isOurs = ({ to }: Import) => files.includes(to);

/** Imports of a folder's files that are neither in the folder nor allowed. */
function strangers(folder: string, allowed: readonly string[]): string[] {
  const fits = (to: string) => allowed.some((name) => to === name || inside(to, name));
  return show(
    imports.filter((one) => inside(one.from, folder) && isOurs(one) && !inside(one.to, folder) && !fits(one.to)),
  );
}

function cycle(): string[] | null {
  // A type is gone at run time and may look back at whoever serves it.
  const next = new Map(
    files.map((file) => [
      file,
      imports.filter((one) => one.from === file && !one.typeOnly && isOurs(one)).map(({ to }) => to),
    ]),
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const other of next.get(file) ?? []) {
      const found = visit(other, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return null;
  };
  for (const file of files) {
    const found = visit(file, []);
    if (found) return found;
  }
  return null;
}

describe("who may import whom", () => {
  it("sees the source files and their imports", () => {
    expect(files.length).toBeGreaterThan(80);
    expect(show(imports)).toContain("delivery/deliver.ts -> errors.ts");
  });

  it("keeps templates leaves", () => {
    expect(strangers("templates", ["types.ts", "errors.ts", "time.ts", "schemas"])).toEqual([]);
  });

  it("keeps transports leaves, which know of templates only their contract", () => {
    const known = ["types.ts", "errors.ts", "time.ts", "version.ts", "tracing.ts", "templates/template.ts", "schemas"];
    expect(strangers("transports", known)).toEqual([]);
  });

  it("keeps the producer a leaf, of which nothing of the server is loaded", () => {
    expect(strangers("producer", ["clock.ts", "types.ts", "errors.ts", "schemas"])).toEqual([]);
    const loaded = imports.filter(({ from, typeOnly }) => inside(from, "producer") && !typeOnly);
    const outside = new Set(loaded.map(({ to }) => to).filter((to) => !inside(to, "producer")));
    expect([...outside].sort()).toEqual(["clock.ts", "node:crypto", "undici"]);
    expect(show(imports.filter(({ from, to }) => inside(to, "producer") && !inside(from, "producer")))).toEqual([]);
  });

  it("keeps the files of endpoints a leaf, for the command line and the pages", () => {
    expect(strangers("endpoint-files", ["schemas", "errors.ts", "canonical-json.ts"])).toEqual([]);
    const users = imports.filter(({ from, to }) => inside(to, "endpoint-files") && !inside(from, "endpoint-files"));
    expect([...new Set(users.map(({ from }) => from.split("/")[0]))].sort()).toEqual(["cli", "console"]);
  });

  it("keeps tracing a leaf over OpenTelemetry's API, which only the two that make spans use beside it", () => {
    expect(imports.filter(({ from }) => from === "tracing.ts").map(({ to }) => to)).toEqual([
      "node:module",
      "@opentelemetry/api",
    ]);
    const users = imports.filter(({ to }) => to.startsWith("@opentelemetry")).map(({ from }) => from);
    expect(users.sort()).toEqual(["api/publishing-span.ts", "delivery/attempt-span.ts", "tracing.ts"]);
  });

  it("lets only the store see Prisma and libsql", () => {
    const database = imports.filter(({ to }) => /^@prisma|^@libsql|generated/.test(to));
    expect(database.length).toBeGreaterThan(0);
    expect(show(database.filter(({ from }) => !inside(from, "store")))).toEqual([]);
  });

  it("lets only what is between processes see Redis and BullMQ", () => {
    const redis = imports.filter(({ to }) => /^(bullmq|ioredis)$/.test(to));
    expect(redis.length).toBeGreaterThan(0);
    expect(show(redis.filter(({ from }) => !inside(from, "queue") && !inside(from, "intake")))).toEqual([]);
  });

  it("lets only config.ts see the environment", () => {
    const readers = files.filter((file) => readFileSync(join(SRC, file), "utf8").includes("process.env"));
    expect(readers).toEqual(["config.ts"]);
  });

  it("lets only cli/ and the app put the parts together", () => {
    const assemblers = files.filter(
      (file) => !inside(file, "cli") && !/^(app|app-road|app-console|app-accounts|cli)\.ts$/.test(file),
    );
    const folders = (file: string) =>
      new Set(
        imports.filter((one) => one.from === file && !one.typeOnly && isOurs(one)).map(({ to }) => to.split("/")[0]),
      );
    const parts = ["api", "alerts", "store", "queue", "transports"];
    const builders = assemblers.filter(
      (file) => parts.filter((part) => folders(file).has(part) && !inside(file, part)).length > 1,
    );
    expect(builders).toEqual([]);
  });

  it("hands delivery its store and its queue: it opens neither", () => {
    const opened = imports.filter(
      ({ from, to, typeOnly }) =>
        inside(from, "delivery") &&
        !typeOnly &&
        /^(queue|alerts|api|cli|transports)\/|^store\/(store|database|commits|road)\.ts$/.test(to),
    );
    expect(show(opened)).toEqual([]);
  });

  it("keeps the pages a thin face: they call the operations of the API, and nothing below it", () => {
    expect(
      strangers("console", [
        "api",
        "endpoint-files",
        "reasons",
        "schemas",
        "types.ts",
        "account-types.ts",
        "errors.ts",
        "time.ts",
        "ids.ts",
      ]),
    ).toEqual([]);
  });

  it("has no import cycle", () => {
    expect(cycle()).toBeNull();
  });

  it("keeps every file to 300 lines", () => {
    const long = files.filter((file) => readFileSync(join(SRC, file), "utf8").split("\n").length > 301);
    // Data, and texts to read through in one piece.
    expect(long.filter((file) => file !== "catalogue/ontime-rows.ts").map((file) => relative(".", file))).toEqual([]);
  });
});
