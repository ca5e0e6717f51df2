import type { Database } from "./database.js";
import { naming } from "./purge-names.js";
import { letOthersRun } from "./rows.js";

/** Mails of one look: each can carry a table of 10,000 rows. */
const MAILS = 10;
const INBOX = 100;
/** Of the audit log, each up to 32 KiB. */
const ENTRIES = 100;

/** A lane stays held while its reason is not null. */
const FORGET_FAILURES = [
  "UPDATE lanes SET failure_text = '' WHERE failure_text <> '' AND id IN (SELECT value FROM each(?))",
  "UPDATE lanes SET held_reason = '' WHERE held_reason <> '' AND id IN (SELECT value FROM each(?))",
];

/** Whose mentions, and where they are looked for. */
export interface Mentions {
  readonly database: Database;
  readonly customer: string;
  /** Left out: all of the customer. */
  readonly order?: string | undefined;
  /** Only count. */
  readonly dryRun?: boolean;
}

type MailText = [id: string, text: string, lane: string | null];

const OF_CUSTOMER = "SELECT id FROM lanes WHERE customer_id = ?1";
const NEXT = `SELECT json_group_array(json_array(id, subject || ' ' || text || ' ' || html || ' ' || coalesce(csv, ''), lane_id))
  FROM (SELECT * FROM mails WHERE id > ?2 AND (lane_id IS NULL OR lane_id IN (${OF_CUSTOMER})) ORDER BY id LIMIT ${MAILS}) AS next`;

async function mails({ database, customer, order, dryRun = false }: Mentions): Promise<number> {
  const names = order === undefined ? null : naming(order);
  let count = 0;
  for (let after = ""; ; ) {
    const found = await database.json<MailText[]>(NEXT, customer, after);
    const last = found.at(-1);
    if (!last) return count;
    [after] = last;
    // Of a customer's own lanes all; of mails about the service as a whole those that name what is deleted.
    const doomed = found.filter(([, text, lane]) => (names ? names(text) : lane !== null)).map(([id]) => id);
    count += doomed.length;
    const sql = "DELETE FROM mails WHERE id IN (SELECT value FROM each(?))";
    if (!dryRun && doomed.length > 0) await database.batch([{ sql, args: [doomed] }]);
    await letOthersRun();
  }
}

/** What a lane's last failure said can name a file, and so the order, also where its attempt is not kept any more. */
async function failures({ database, customer, order }: Mentions): Promise<void> {
  if (order === undefined) return;
  const names = naming(order);
  for (let after = ""; ; ) {
    const lanes = await database.json<[string, string, string][]>(
      `SELECT json_group_array(json_array(id, coalesce(failure_text, ''), coalesce(held_reason, '')))
        FROM (SELECT id, failure_text, held_reason FROM lanes WHERE customer_id = ?1 AND id > ?2 ORDER BY id LIMIT 500) AS next`,
      customer,
      after,
    );
    const last = lanes.at(-1);
    if (!last) return;
    [after] = last;
    // Also as a part of the name of a file: `A1_take_2023….json`.
    const doomed = lanes.filter(([, ...texts]) => texts.some(names)).map(([id]) => id);
    if (doomed.length > 0) await database.batch(FORGET_FAILURES.map((sql) => ({ sql, args: [doomed] })));
    await letOthersRun();
  }
}

/** Events of the inbox that were refused wait there to be put right. */
async function inbox({ database, customer, order }: Mentions): Promise<void> {
  if (database.kind === "sqlite") return;
  for (let after = 0; ; ) {
    const rows = await database.json<[number, string][]>(
      `SELECT json_group_array(json_array(id, event)) FROM (SELECT id, event FROM waybell_inbox
        WHERE id > ? AND error IS NOT NULL ORDER BY id LIMIT ${INBOX}) AS next`,
      after,
    );
    const last = rows.at(-1);
    if (!last) return;
    [after] = last;
    const doomed = rows.filter(([, event]) => isOf(event, customer, order)).map(([id]) => [id]);
    const sql = "WITH r(id) AS (:table) DELETE FROM waybell_inbox WHERE id IN (SELECT id FROM r)";
    if (doomed.length > 0) await database.batch([{ sql, columns: ["integer"], table: doomed }]);
    await letOthersRun();
  }
}

/** Of what was changed it stays that it was, by whom and when; the purge's own entry names nobody. */
async function logged({ database, customer, order }: Mentions): Promise<void> {
  const names = order === undefined ? () => true : naming(order);
  // Changes by filter can be about all customers, and name an order.
  const whose = order === undefined ? "customer_id = ?1" : "(customer_id = ?1 OR customer_id IS NULL)";
  for (let after = ""; ; ) {
    const entries = await database.json<[string, string][]>(
      `SELECT json_group_array(json_array(id, subject || ' ' || coalesce(before, '') || ' ' || coalesce(after, '')))
        FROM (SELECT * FROM audit WHERE ${whose} AND id > ?2 AND operation <> 'requestPurge'
          ORDER BY id LIMIT ${ENTRIES}) AS next`,
      customer,
      after,
    );
    const last = entries.at(-1);
    if (!last) return;
    [after] = last;
    const doomed = entries.filter(([, text]) => names(text)).map(([id]) => id);
    const sql =
      "UPDATE audit SET subject = 'purged', before = NULL, after = NULL WHERE id IN (SELECT value FROM each(?))";
    if (doomed.length > 0) await database.batch([{ sql, args: [doomed] }]);
    await letOthersRun();
  }
}

function isOf(event: string, customer: string, order: string | undefined): boolean {
  try {
    const said = JSON.parse(event) as { customer?: unknown; order?: unknown } | null;
    return said?.customer === customer && (order === undefined || said.order === order);
  } catch {
    // What is no JSON at all names nobody in a way that could be trusted.
    return false;
  }
}

/**
 * Deletes what names the order, or the customer, beside its own rows: mails, failures, refused events, the
 * audit log. How many mails. */
export async function forgetMentions(mentions: Mentions): Promise<number> {
  const count = await mails(mentions);
  if (mentions.dryRun) return count;
  await failures(mentions);
  await inbox(mentions);
  await logged(mentions);
  return count;
}
