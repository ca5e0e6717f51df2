import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config.js";
import type { Database } from "./database.js";

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^enc:v1:([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/=]+)$/;
const FILE = "secrets.keys";
/** Rows of `meta` that show which keys the database was written with, one for each. */
const MARKS = "secrets/";

type Key = NonNullable<Config["secretsKeys"]>[number];

/** Keeps secrets unreadable in the database. A place is `table/row/field`: a text moved elsewhere does not open there. */
export interface Secrets {
  encrypt(text: string, place: string): string;
  /** Throws SecretError. */
  decrypt(text: string, place: string): string;
  /** The id of the key that encrypts: the first. */
  readonly activeKey: string;
  /** The ids of all keys, the active one first. */
  readonly keyIds: readonly string[];
}

/** The id of the key that a text was encrypted with; undefined: it is not encrypted. */
export const keyOf = (text: string): string | undefined => FORM.exec(text)?.[1];

/** A secret cannot be read; the message names its place, never its content. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/** Makes Secrets of the keys; the first encrypts, all decrypt (AES-256-GCM, the place as additional data). */
export function createSecrets(keys: readonly Key[]): Secrets {
  const [active] = keys;
  if (!active) throw new Error("No key to keep secrets with was given.");
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    activeKey: active.id,
    keyIds: [...byId.keys()],
    encrypt(text, place) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, active.key, iv).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `enc:v1:${active.id}:${sealed.toString("base64")}`;
    },
    decrypt(text, place) {
      const [, id, base64] = FORM.exec(text) ?? [];
      if (id === undefined || base64 === undefined) throw new SecretError(`The secret ${place} is not encrypted.`);
      const key = byId.get(id);
      if (!key) throw new SecretError(`The secret ${place} needs the key "${id}": add it to SECRETS_KEYS.`);
      const sealed = Buffer.from(base64, "base64");
      try {
        const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(-TAG_BYTES));
        return decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
      } catch {
        throw new SecretError(
          `The secret ${place} does not open with the key "${id}": the key is another, or the text was changed.`,
        );
      }
    },
  };
}

function readKeyFile(file: string): Key[] | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const keys = text
    .split(/[\s,]+/)
    .filter((item) => item !== "")
    .map((item) => {
      const at = item.indexOf(":");
      return { id: item.slice(0, at), key: Buffer.from(item.slice(at + 1), "base64") };
    });
  const bad = keys.some(({ id, key }) => !/^[A-Za-z0-9_-]{1,32}$/.test(id) || key.length !== 32);
  if (bad || keys.length === 0) throw new Error(`${file} must hold lines of id:base64, each with a key of 32 bytes.`);
  return keys;
}

function makeKeyFile(file: string): Key[] {
  const key = { id: "k1", key: randomBytes(32) };
  // Synced before anything is encrypted with it: a key lost in a crash would take every secret along.
  const descriptor = openSync(file, "wx", 0o600);
  try {
    writeSync(descriptor, `${key.id}:${key.key.toString("base64")}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return [key];
}

/** Where the keys lie when the configuration gives none. */
export const keyFileIn = (dataFolder: string): string => join(dataFolder, FILE);

/**
 * The keys of the configuration, else those of `secrets.keys` in the data folder, which is made when there is none:
 * `made` says so, and calls for a warning, since whoever has both the file and the database has the secrets.
 */
export function openSecrets(options: { readonly keys: Config["secretsKeys"]; readonly dataFolder: string }): {
  secrets: Secrets;
  made: boolean;
} {
  if (options.keys) return { secrets: createSecrets(options.keys), made: false };
  const file = keyFileIn(options.dataFolder);
  const known = readKeyFile(file);
  if (known) return { secrets: createSecrets(known), made: false };
  mkdirSync(options.dataFolder, { recursive: true });
  return { secrets: createSecrets(makeKeyFile(file)), made: true };
}

/**
 * The ids of the keys that the database was written with; throws SecretError when one of them is not among these, unless
 * it is given up as `lost`.
 */
export async function openedKeys(
  database: Database,
  secrets: Secrets,
  lost: readonly string[] = [],
): Promise<string[]> {
  const rows = await database.prisma.meta.findMany({ where: { key: { startsWith: MARKS } }, orderBy: { key: "asc" } });
  for (const { key, value } of rows) {
    if (!lost.includes(key.slice(MARKS.length))) secrets.decrypt(value, `meta/${key}`);
  }
  return rows.map(({ key }) => key.slice(MARKS.length));
}

/**
 * Throws SecretError when the database was written with keys that are not these. Called at start, so that a wrong key is
 * one clear refusal instead of a fault of every endpoint.
 */
export async function checkSecrets(database: Database, secrets: Secrets, lost: readonly string[] = []): Promise<void> {
  if ((await openedKeys(database, secrets, lost)).includes(secrets.activeKey)) return;
  const key = MARKS + secrets.activeKey;
  const value = secrets.encrypt("known", `meta/${key}`);
  const sql = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING";
  await database.batch([{ sql, args: [key, value] }]);
  // Another process that started at the same time may have been first, with another key of that id.
  await openedKeys(database, secrets, lost);
}

/** The ids of the keys that the database says it was written with. */
export async function markedKeys(database: Database): Promise<string[]> {
  const rows = await database.prisma.meta.findMany({ where: { key: { startsWith: MARKS } }, orderBy: { key: "asc" } });
  return rows.map(({ key }) => key.slice(MARKS.length));
}

/** Forgets that the database was written with these keys: a start asks for them no more. */
export async function forgetKeys(database: Database, ids: readonly string[]): Promise<void> {
  const args = [ids.map((id) => MARKS + id)];
  await database.batch([{ sql: "DELETE FROM meta WHERE key IN (SELECT value FROM each(?))", args }]);
}
