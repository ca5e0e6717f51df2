import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type FakeApi, startFakeApi } from "./fake-api.js";
import { runAgainst } from "./run.js";

/** For each test of the file: a fake API, a folder, and the command line against that API. */
export function useFakeApi() {
  let api: FakeApi;
  let folder = "";
  let asked: [string, unknown][] = [];
  beforeEach(async () => {
    api = await startFakeApi();
    folder = mkdtempSync(join(tmpdir(), "waybell-commands-"));
    asked = [];
  });
  afterEach(async () => {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get api() {
      return api;
    },
    get folder() {
      return folder;
    },
    /** What the routes were given, in their order. */
    get asked() {
      return asked;
    },
    answer(route: string, value: unknown): void {
      api.routes.set(route, (body, url) => {
        asked.push([`${route}${url.search}`, body]);
        return value;
      });
    },
    waybell: (...args: string[]) => runAgainst(api.url, ...args),
  };
}
