import { systemClock } from "../clock.js";
import type { Client } from "./client.js";
import { type Item, isItem, print, printTable, text } from "./context.js";
import { EXIT, type ExitCode } from "./fail.js";
import { count, createProgress } from "./progress.js";

interface Options {
  readonly json: boolean;
}

interface StatusOptions extends Options {
  /** Name every secret that cannot be read. */
  readonly all: boolean;
}

const PAGE = "500";
/** Passes of one rotation: each finds what was changed during the one before. */
const PASSES = 5;

const number = (item: unknown, name: string): number => Number(text(item, name)) || 0;
const list = (item: unknown, name: string): unknown[] => {
  const value = isItem(item) ? item[name] : undefined;
  return Array.isArray(value) ? value : [];
};

const unreadableOf = (status: unknown): unknown => (isItem(status) ? status.unreadable : undefined);
const firstOf = (status: unknown): unknown[] => list(unreadableOf(status), "first");

async function everyUnreadable(client: Client): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of client.items("/v1/secrets/unreadable", { limit: PAGE })) found.push(one);
  return found;
}

/** `named`: of the secrets that cannot be read, those to name. */
function tell(status: unknown, named = firstOf(status)): ExitCode {
  const active = text(status, "activeKey");
  printTable(
    [{ title: "key", keep: true }, { title: "secrets", align: "right" }, { title: "" }],
    list(status, "keys").map((key) => {
      const known = isItem(key) && key.loaded === true;
      const what = text(key, "id") === active ? "active" : known ? "" : "not in SECRETS_KEYS";
      return [text(key, "id"), count(number(key, "secrets")), what];
    }),
  );
  const closed = number(unreadableOf(status), "count");
  if (closed === 0) return EXIT.fine;
  print(`\n${count(closed)} cannot be read; what needs them waits until the key is back or they are set anew:`);
  const rows = named.map((one) => [text(one, "kind"), text(one, "id"), text(one, "field"), text(one, "problem")]);
  printTable([{ title: "of" }, { title: "id", keep: true }, { title: "field" }, { title: "why", shrink: true }], rows);
  if (closed > named.length) print(`and ${count(closed - named.length)} more.`);
  return EXIT.refused;
}

/** `waybell secrets status`: what each key still encrypts, and what no key opens. */
export async function secretsStatus(client: Client, { json, all }: StatusOptions): Promise<ExitCode> {
  const status = await client.request("GET", "/v1/secrets", { long: true });
  const closed = number(unreadableOf(status), "count");
  const named = all && closed > 0 ? await everyUnreadable(client) : firstOf(status);
  if (!json) {
    const code = tell(status, named);
    if (closed > named.length && !all) print("waybell secrets status --all names every one.");
    return code;
  }
  print(JSON.stringify(all && isItem(status) ? { ...status, unreadable: { count: closed, all: named } } : status));
  return closed > 0 ? EXIT.refused : EXIT.fine;
}

/** One pass over all; returns what its sets add up to. */
async function pass(client: Client, onSet: (rotated: number) => void) {
  const sum = { rotated: 0, changed: 0, freed: [] as string[] };
  for (let cursor: string | undefined; ; ) {
    const body: Item = cursor === undefined ? {} : { cursor };
    const set = await client.request("POST", "/v1/secrets/rotate", { body });
    sum.rotated += number(set, "rotated");
    sum.changed += number(set, "changed");
    sum.freed.push(...list(set, "freed").map(String));
    onSet(sum.rotated);
    cursor = text(set, "next") || undefined;
    if (cursor === undefined) return sum;
  }
}

/** `waybell secrets rotate`: puts all secrets under the active key, while the service goes on. Can be run again at any time. */
export async function rotateSecrets(client: Client, { json }: Options): Promise<ExitCode> {
  const before = await client.request("GET", "/v1/secrets", { long: true });
  const outdated = number(before, "outdated");
  const progress = createProgress({
    stream: process.stderr,
    clock: systemClock,
    unit: "customers, endpoints and mails",
  });
  let rotated = 0;
  const freed = new Set<string>();
  for (let turn = 0, again = true; again && turn < PASSES; turn++) {
    const done = await pass(client, (soFar) => {
      progress.update(rotated + soFar, outdated === 0 ? null : (rotated + soFar) / outdated);
    });
    rotated += done.rotated;
    for (const id of done.freed) freed.add(id);
    again = done.rotated + done.changed > 0;
  }
  progress.finish();
  const after = await client.request("GET", "/v1/secrets", { long: true });
  const closed = number(unreadableOf(after), "count");
  const left = number(after, "outdated");
  const code = closed + left > 0 ? EXIT.refused : EXIT.fine;
  if (json) {
    print(JSON.stringify({ rotated, freed: [...freed], status: after }));
    return code;
  }
  print(
    `${count(rotated)} customers, endpoints and mails were encrypted anew with the key "${text(after, "activeKey")}".\n`,
  );
  tell(after);
  if (left > 0)
    print(`\n${count(left)} are under another key still: does every process have the same first key in SECRETS_KEYS?`);
  else if (freed.size > 0)
    print(`\nTake out of SECRETS_KEYS: ${[...freed].join(", ")}. Backups that are older still need it.`);
  return code;
}
