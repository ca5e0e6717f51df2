import type { Registry } from "../delivery/settings.js";
import { InputError } from "../errors.js";
import type { Database } from "./database.js";
import { letOthersRun, type Page, type PageRequest } from "./rows.js";
import {
  allHolders,
  HOLDER_TABLES,
  type HolderRow,
  mapHolder,
  nextHolders,
  type Place,
  rewriteStatement,
  START,
} from "./secret-rows.js";
import { checkSecrets, forgetKeys, keyOf, markedKeys, SecretError, type Secrets } from "./secrets.js";
import { listUnreadable, type UnreadableSecret, unreadableSecret } from "./unreadable-secrets.js";

/** Secrets that are named one by one. */
const NAMED = 20;
/** Looks of one call: it answers within a fraction of a second, and whoever calls shows how far it is. */
const LOOKS = 6;

/** What each key still encrypts. */
export interface SecretsStatus {
  readonly activeKey: string;
  /** `loaded`: SECRETS_KEYS has it. */
  readonly keys: readonly { readonly id: string; readonly loaded: boolean; readonly secrets: number }[];
  /** Customers, endpoints and mails that a rotation would encrypt anew. */
  readonly outdated: number;
  readonly unreadable: { readonly count: number; readonly first: readonly UnreadableSecret[] };
}

/** What became of one set of a rotation. */
export interface RotatedSet {
  /** Customers, endpoints and mails that were encrypted anew. */
  readonly rotated: number;
  /** Secrets that stay as they are: no key opens them. */
  readonly unreadable: number;
  /** Rows that somebody changed meanwhile: another pass finds them, should that still be needed. */
  readonly changed: number;
  /** What the next set goes on with; null: this pass is over. */
  readonly next: string | null;
  /** Keys that encrypt nothing any more, at the end of a pass: SECRETS_KEYS needs them no longer. */
  readonly freed: readonly string[];
}

async function statusOf(
  database: Database,
  secrets: Secrets,
  registry: Registry,
  stopped = () => false,
): Promise<SecretsStatus> {
  const counts = new Map(secrets.keyIds.map((id) => [id, 0]));
  const first: UnreadableSecret[] = [];
  let count = 0;
  let outdated = 0;
  for await (const rows of allHolders(database, stopped)) {
    for (const row of rows) {
      let old = false;
      mapHolder(row, registry, (sealed, place, field) => {
        const id = keyOf(sealed);
        if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
        try {
          secrets.decrypt(sealed, place);
          old ||= id !== secrets.activeKey;
        } catch (error) {
          count++;
          if (first.length < NAMED) first.push(unreadableSecret(row, field, error));
        }
        return sealed;
      });
      if (old) outdated++;
    }
  }
  const keys = [...counts].map(([id, held]) => ({ id, loaded: secrets.keyIds.includes(id), secrets: held }));
  return { activeKey: secrets.activeKey, keys, outdated, unreadable: { count, first } };
}

function* refusalLines(reason: string, { unreadable: { count, first } }: SecretsStatus): Generator<string> {
  yield `The keys in SECRETS_KEYS do not fit this database. ${reason}`;
  if (count === 0) yield "No secret is encrypted with it at the moment.";
  else yield `${count} ${count === 1 ? "secret" : "secrets"} cannot be read:`;
  for (const { kind, id, field } of first) yield `  ${kind} ${id}: ${field}`;
  if (count > first.length) yield `  and ${count - first.length} more`;
  yield "Nothing was started, and nothing was changed. Give the key again (SECRETS_KEYS, or secrets.keys beside the database; your copy of it), and start.";
  yield "Lost for good? SECRETS_LOST=<its id> starts without it: what needs these secrets waits until they are set anew, all else works. Then `waybell secrets status --all` lists every one of them.";
}

/** As `checkSecrets`; the refusal names what cannot be read, and what to do. */
export async function refuseWrongKeys(
  database: Database,
  secrets: Secrets,
  registry: Registry,
  lost: readonly string[],
): Promise<void> {
  try {
    await checkSecrets(database, secrets, lost);
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    throw new SecretError([...refusalLines(error.message, await statusOf(database, secrets, registry))].join("\n"));
  }
}

const cursorOf = ({ table, id }: Place): string => Buffer.from(`${table}/${id}`).toString("base64url");

function placeOf(cursor: string | undefined): Place {
  if (cursor === undefined) return START;
  const [, name, id = ""] = /^([a-z]+)\/(.*)$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  const table = HOLDER_TABLES.find((one) => one === name);
  if (table) return { table, id };
  throw InputError.invalid([{ path: "/cursor", message: "is not a cursor that a rotation has given" }]);
}

/** Encrypts what of the rows is under another key than the active one; what no key opens stays as it is. */
async function rotateRows(database: Database, secrets: Secrets, registry: Registry, rows: readonly HolderRow[]) {
  let unreadable = 0;
  const anew = rows.map((row) => {
    const fresh = mapHolder(row, registry, (sealed, place) => {
      if (keyOf(sealed) === secrets.activeKey) return sealed;
      try {
        return secrets.encrypt(secrets.decrypt(sealed, place), place);
      } catch {
        unreadable++;
        return sealed;
      }
    });
    return { ...row, fresh };
  });
  const changes = anew.filter(({ text, fresh }) => fresh !== text);
  let rotated = 0;
  for (const table of HOLDER_TABLES) {
    const set = changes.filter((row) => row.table === table);
    if (set.length === 0) continue;
    // What was put meanwhile is encrypted with the key of whoever put it: it must not be overwritten with what it was.
    const statement = rewriteStatement(
      table,
      set.map(({ id, text, fresh }) => [id, text, fresh]),
    );
    const [written] = (await database.batchJson([statement])) as number[];
    rotated += written ?? 0;
  }
  return { rotated, unreadable, changed: changes.length - rotated };
}

/** Keeps watch over what the database's secrets are encrypted with. */
export interface SecretKeeping {
  /** Goes through all rows. */
  status(): Promise<SecretsStatus>;
  /** One small set of a pass that puts all under the active key; begin without a cursor. Whoever is cut short begins anew. */
  rotate(cursor?: string): Promise<RotatedSet>;
  /** All that cannot be read, a page at a time. Throws InputError for a cursor that it has not given. */
  listUnreadable(request: PageRequest): Promise<Page<UnreadableSecret>>;
  /** How many could not be read when somebody looked last; null: nobody has yet. */
  unreadable(): number | null;
  /** Ends looks that are under way. */
  stop(): void;
}

export function createSecretKeeping(database: Database, secrets: Secrets, registry: Registry): SecretKeeping {
  let last: number | null = null;
  let stopped = false;

  async function status(): Promise<SecretsStatus> {
    const found = await statusOf(database, secrets, registry, () => stopped);
    last = found.unreadable.count;
    return found;
  }

  /** Keys that nothing is encrypted with: a start need not ask for them any more. */
  async function freeKeys(): Promise<string[]> {
    const { keys } = await status();
    const used = new Set(keys.filter(({ secrets: held }) => held > 0).map(({ id }) => id));
    const free = (await markedKeys(database)).filter((id) => id !== secrets.activeKey && !used.has(id));
    if (free.length > 0) await forgetKeys(database, free);
    return free;
  }

  return {
    status,
    listUnreadable: (request) => listUnreadable(database, secrets, registry, request),
    unreadable: () => last,
    stop() {
      stopped = true;
    },
    async rotate(cursor) {
      const counts = { rotated: 0, unreadable: 0, changed: 0 };
      let place: Place | null = placeOf(cursor);
      for (let look = 0; look < LOOKS && place; look++) {
        const { rows, next }: Awaited<ReturnType<typeof nextHolders>> = await nextHolders(database, place);
        // One after the other: each is a transaction of its own, and others get their turn in between.
        const done = await rotateRows(database, secrets, registry, rows);
        counts.rotated += done.rotated;
        counts.unreadable += done.unreadable;
        counts.changed += done.changed;
        place = next;
        await letOthersRun();
      }
      return { ...counts, next: place && cursorOf(place), freed: place ? [] : await freeKeys() };
    },
  };
}
