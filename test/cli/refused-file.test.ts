import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusedFile } from "../../src/cli/refused-file.js";
import { type FakeApi, startFakeApi } from "./fake-api.js";
import { runAgainst } from "./run.js";

let api: FakeApi;
let folder = "";
beforeEach(async () => {
  api = await startFakeApi();
  folder = mkdtempSync(join(tmpdir(), "waybell-refused-"));
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const REFUSAL = { line: 1, title: "Faulty", errors: [] };

describe("the file of refused lines", () => {
  it("is never the input itself, by whatever name it goes", async () => {
    const content = '{"customer":"acme","order":"A"}\n{bad\n';
    const file = join(folder, "day.ndjson");
    writeFileSync(file, content);
    linkSync(file, join(folder, "hard.ndjson"));
    symlinkSync(file, join(folder, "soft.ndjson"));
    for (const name of ["day.ndjson", "hard.ndjson", "soft.ndjson"]) {
      const { code, err } = await runAgainst(api.url, "send", file, "--refused", join(folder, name));
      expect(code).toBe(2);
      expect(err).toMatch(/must name another file than the one that is sent/);
    }
    expect(readFileSync(file, "utf8")).toBe(content);
    expect(api.events.size).toBe(0);
  });

  it("takes the place of an earlier one only at the end, through a link too", async () => {
    const target = join(folder, "refused.ndjson");
    writeFileSync(target, "earlier");
    symlinkSync(target, join(folder, "link.ndjson"));
    const kept = refusedFile(join(folder, "link.ndjson"));
    kept.write(REFUSAL, { text: "{bad" });
    expect(readFileSync(target, "utf8")).toBe("earlier");
    await kept.end();
    expect(JSON.parse(readFileSync(target, "utf8"))).toEqual({ refused: REFUSAL, text: "{bad" });
    expect(readdirSync(folder).sort()).toEqual(["link.ndjson", "refused.ndjson"]);
  });

  it("is not made where nothing was refused", async () => {
    await refusedFile(join(folder, "refused.ndjson")).end();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says that it cannot be written", async () => {
    const kept = refusedFile(join(folder, "nowhere", "refused.ndjson"));
    kept.write(REFUSAL, { text: "{bad" });
    await expect(kept.end()).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/refused.ndjson could not be written: ENOENT/),
    });
  });
});
