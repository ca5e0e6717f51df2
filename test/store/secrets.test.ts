import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { checkSecrets, createSecrets, openSecrets, SecretError } from "../../src/store/secrets.js";
import { openTestDatabase } from "../support/databases.js";

const key = (id: string, fill: number) => ({ id, key: Buffer.alloc(32, fill) });
const PLACE = "endpoints/ep_1/transport.password";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waybell-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("secrets", () => {
  it("gives any text back, and never the same ciphertext twice", () => {
    const secrets = createSecrets([key("a", 1)]);
    for (const text of ["", "p4ss wörd 🔑", "x".repeat(20_000)]) {
      const sealed = secrets.encrypt(text, PLACE);
      expect(sealed).toMatch(/^enc:v1:a:[A-Za-z0-9+/=]+$/);
      expect(secrets.encrypt(text, PLACE)).not.toBe(sealed);
      expect(secrets.decrypt(sealed, PLACE)).toBe(text);
    }
  });

  it("encrypts with the first key and opens what older keys have sealed", () => {
    const old = createSecrets([key("old", 1)]).encrypt("s3cret", PLACE);
    const both = createSecrets([key("new", 2), key("old", 1)]);
    expect(both.decrypt(old, PLACE)).toBe("s3cret");
    expect(both.encrypt("s3cret", PLACE)).toMatch(/^enc:v1:new:/);
  });

  const sealed = createSecrets([key("a", 1)]).encrypt("s3cret", PLACE);
  const changed = `${sealed.slice(0, -6)}${sealed.at(-6) === "A" ? "B" : "A"}${sealed.slice(-5)}`;
  it.each([
    ["another key under the same id", [key("a", 9)], sealed, PLACE],
    ["a key that is missing", [key("b", 1)], sealed, PLACE],
    ["a text that was changed", [key("a", 1)], changed, PLACE],
    ["a text that was moved to another field", [key("a", 1)], sealed, "endpoints/ep_2/transport.password"],
    ["a text that is not encrypted", [key("a", 1)], "s3cret", PLACE],
    ["a text cut short", [key("a", 1)], "enc:v1:a:AAAA", PLACE],
  ])("refuses %s, naming the place and not the content", (_case, keys, text, place) => {
    const open = () => createSecrets(keys).decrypt(text, place);
    expect(open).toThrow(SecretError);
    expect(open).toThrow(place);
    expect(open).not.toThrow(/s3cret/);
  });
});

describe("the keys", () => {
  it("are those of the configuration where it has some", () => {
    const { secrets, made } = openSecrets({ keys: [key("env", 3)], dataFolder: folder });
    expect(made).toBe(false);
    expect(secrets.activeKey).toBe("env");
    expect(() => statSync(join(folder, "secrets.keys"))).toThrow("ENOENT");
  });

  it("are made once beside the database, for the owner's eyes only", () => {
    const first = openSecrets({ keys: null, dataFolder: folder });
    const sealed = first.secrets.encrypt("s3cret", PLACE);
    const second = openSecrets({ keys: null, dataFolder: folder });
    expect([first.made, second.made]).toEqual([true, false]);
    expect(second.secrets.decrypt(sealed, PLACE)).toBe("s3cret");
    expect(statSync(join(folder, "secrets.keys")).mode & 0o777).toBe(0o600);
  });

  it("are refused with the file's name when the file is damaged", () => {
    openSecrets({ keys: null, dataFolder: folder });
    const file = join(folder, "secrets.keys");
    writeFileSync(file, readFileSync(file, "utf8").slice(0, 20));
    expect(() => openSecrets({ keys: null, dataFolder: folder })).toThrow(file);
  });

  it("are held against the database at start", async () => {
    const { database, close } = await openTestDatabase();
    onTestFinished(close);
    await checkSecrets(database, createSecrets([key("a", 1)]));
    await checkSecrets(database, createSecrets([key("a", 1)]));
    await checkSecrets(database, createSecrets([key("b", 2), key("a", 1)]));
    await expect(checkSecrets(database, createSecrets([key("b", 2), key("a", 9)]))).rejects.toThrow(SecretError);
    await expect(checkSecrets(database, createSecrets([key("b", 2)]))).rejects.toThrow(/needs the key "a"/);
  });
});
