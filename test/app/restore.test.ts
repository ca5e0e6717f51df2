import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { expectNoDoubles } from "../support/restore.js";
import { startTestService, temporaryFolder } from "../support/service.js";

const FILES = ["waybell.db", "waybell.db-wal", "secrets.keys"];

it("a restored SQLite file says of when its newest event is, and what is posted again by id makes no doubles", async () => {
  const [data, backup, restored] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  onTestFinished(() => {
    for (const { remove } of [data, backup, restored]) remove();
  });
  const copy = (from: string, to: string) => {
    const there = FILES.filter((name) => existsSync(join(from, name)));
    for (const name of there) copyFileSync(join(from, name), join(to, name));
  };
  await expectNoDoubles({
    env: {},
    restoredEnv: {},
    folder: data.folder,
    restoredFolder: restored.folder,
    backUp: async () => copy(data.folder, backup.folder),
    restore: async () => copy(backup.folder, restored.folder),
  });
}, 60_000);

it("a new database says that there is no event yet", async () => {
  const { folder, remove } = temporaryFolder();
  const lines: string[] = [];
  const service = await startTestService(folder, { lines });
  onTestFinished(async () => {
    await service.close();
    remove();
  });
  expect(lines.some((line) => line.includes("there is no event in this database yet"))).toBe(true);
  const { body } = await service.call("GET", "/readyz");
  expect(body).toMatchObject({ parts: { events: { ok: true, detail: "there is none" } } });
});
