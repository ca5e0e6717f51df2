import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepNote } from "../../src/store/moves.js";
import { checkSecrets, createSecrets } from "../../src/store/secrets.js";
import { openSqlite } from "../../src/store/sqlite.js";
import { closedPort } from "../support/sending.js";
import { startTestService, temporaryFolder } from "../support/service.js";
import { run } from "./run.js";

const KEYS = `k1:${Buffer.alloc(32, 1).toString("base64")}`;
const NOTE = { id: "mov_1", from: "waybell.db", to: "PostgreSQL there:5432/waybell", state: "done", at: 0 } as const;

let folder: string;
let remove: () => void;
let file: string;
let from: string;

beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
  file = join(folder, "waybell.db");
  from = `file:${file}`;
  vi.stubEnv("SECRETS_KEYS", KEYS);
  vi.stubEnv("DATABASE_URL", "");
});
afterEach(() => {
  vi.unstubAllEnvs();
  remove();
});

const made = async (work?: (database: Awaited<ReturnType<typeof openSqlite>>) => Promise<unknown>) => {
  const database = await openSqlite(file);
  await work?.(database);
  await database.close();
};

it.each([
  [["--to", "postgresql://h/d"], /--from is missing/],
  [["--undo"], /--from is missing/],
  [["--from", "file:a.db"], /--to is missing/],
  [["--from", "postgresql://h/d", "--to", "postgresql://h/d"], /--from must be a SQLite file/],
  [["--from", "file:a.db", "--to", "file:b.db"], /--to must be a PostgreSQL/],
  [["--from", "a.db", "--to", "postgresql://h/d"], /--from must begin with file:/],
  [["--from", "file:a.db", "--to", "postgresql://h"], /--to must name the database as well/],
  [["--from", "file:a.db", "--to", "postgresql://h/d", "--undo"], /--undo needs --from alone/],
  [["--from", "file:/nowhere/a.db", "--to", "postgresql://h/d"], /There is no file \/nowhere\/a\.db/],
  [["--form", "file:a.db"], /unknown option.*--from/s],
])("migrate %j is wrong usage", async (args, sentence) => {
  const { code, err, out } = await run("migrate", ...args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(sentence);
});

it("shows by examples how a file is moved", async () => {
  const { code, out } = await run("migrate", "--help");
  expect(code).toBe(0);
  expect(out).toMatch(/Examples:.*migrate --from file:data\/waybell\.db --to postgresql:/s);
});

it("says how the keys are taken over that lie beside the file", async () => {
  vi.stubEnv("SECRETS_KEYS", "");
  await made();
  const args = ["migrate", "--from", from, "--to", "postgresql://h/d"];
  expect(await run(...args)).toMatchObject({
    code: 2,
    err: expect.stringContaining("keys that the service on the file"),
  });
  writeFileSync(join(folder, "secrets.keys"), `${KEYS}\n`);
  const { code, err } = await run(...args);
  expect(code).toBe(2);
  expect(err).toContain(`export SECRETS_KEYS="$(paste -sd, '${join(folder, "secrets.keys")}')"`);
  expect(err).not.toContain(KEYS);
});

it("refuses keys that do not open the file's secrets, before it asks for the PostgreSQL", async () => {
  await made((database) => checkSecrets(database, createSecrets([{ id: "old", key: Buffer.alloc(32, 9) }])));
  const { code, err } = await run("migrate", "--from", from, "--to", "postgresql://127.0.0.1:1/d");
  expect(code).toBe(1);
  expect(err).toMatch(/^The secret meta\/secrets\/old needs the key "old": add it to SECRETS_KEYS\.\n$/);
});

it("says that a service has the file", async () => {
  const database = await openSqlite(file);
  const { code, err } = await run("migrate", "--from", from, "--to", "postgresql://127.0.0.1:1/d");
  await database.close();
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`is in use by process ${process.pid}: .* Stop that service first`));
});

it("says that the PostgreSQL, also the one of DATABASE_URL, cannot be reached, and leaves the file as it is", async () => {
  await made();
  const port = await closedPort();
  const { code, err } = await run("migrate", "--from", from, "--to", `postgresql://u:s3cret@127.0.0.1:${port}/d`);
  expect(code).toBe(1);
  expect(err).toMatch(/PostgreSQL 127\.0\.0\.1:\d+\/d cannot be used \(.*ECONNREFUSED.*\)\. --to names it\./);
  expect(err).not.toContain("s3cret");
  vi.stubEnv("DATABASE_URL", `postgresql://127.0.0.1:${port}/e`);
  expect((await run("migrate", "--from", from)).err).toContain("/e cannot be used");
  await (await startTestService(folder)).close();
});

it("does not serve a file that was moved, until that is taken back", async () => {
  await made((database) => database.batch([keepNote({ ...NOTE, from: file })]));
  const start = startTestService(folder, { env: { SECRETS_KEYS: KEYS } });
  await expect(start).rejects.toThrow(
    `serve that one (DATABASE_URL). ${file} was moved to PostgreSQL there:5432/waybell on 1970-01-01. To take that back: waybell migrate --from ${from} --undo`,
  );
  expect(await run("migrate", "--from", from, "--undo")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/can be served again\. Let nothing be served from PostgreSQL there/),
  });
  expect((await run("migrate", "--from", from, "--undo")).out).toContain("was not moved");
  await (await startTestService(folder, { env: { SECRETS_KEYS: KEYS } })).close();
});
