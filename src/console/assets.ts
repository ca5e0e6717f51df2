import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { FastifyInstance } from "fastify";

const require = createRequire(import.meta.url);
const own = (name: string) => new URL(`../../public/${name}`, import.meta.url);

/** Everything that a page loads, from this project and its packages alone. */
const FILES = {
  "console.css": { from: own("console.css"), type: "text/css; charset=utf-8" },
  "console.js": { from: own("console.js"), type: "text/javascript; charset=utf-8" },
  "icon.svg": { from: own("icon.svg"), type: "image/svg+xml" },
  "htmx.js": { from: require.resolve("htmx.org/dist/htmx.min.js"), type: "text/javascript; charset=utf-8" },
  "htmx-sse.js": { from: require.resolve("htmx-ext-sse/dist/sse.min.js"), type: "text/javascript; charset=utf-8" },
} as const;

export type AssetName = keyof typeof FILES;

/** Where the browser finds each file: under a name that changes with its content, so that it never has to ask again. */
export interface Assets {
  path(name: AssetName): string;
  add(app: FastifyInstance): void;
}

/** Reads the files, at most once a process. */
export function openAssets(): Assets {
  const files = new Map(
    Object.entries(FILES).map(([name, { from, type }]) => {
      const bytes = readFileSync(from);
      const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
      return [name, { bytes, type, path: `/assets/${digest}/${name}` }];
    }),
  );
  return {
    path: (name) => files.get(name)?.path ?? "",
    add(app) {
      for (const { bytes, type, path } of files.values()) {
        app.get(path, (_request, reply) =>
          reply.header("cache-control", "public, max-age=31536000, immutable").type(type).send(bytes),
        );
      }
    },
  };
}
