import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMailer, type Mailer } from "../../src/alerts/mailer.js";
import type { Database } from "../../src/store/database.js";
import { createMailStore, type MailStore } from "../../src/store/mails.js";
import { openSqlite } from "../../src/store/sqlite.js";
import { type ManualClock, manualClock } from "../support/clock.js";
import { type SmtpTestServer, startSmtp } from "../support/smtp.js";

describe("a mail that was accepted and is not recorded yet", () => {
  let folder: string;
  let database: Database;
  let store: MailStore;
  let clock: ManualClock;
  let server: SmtpTestServer;
  const mailers: Mailer[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "waybell-mailer-"));
    database = await openSqlite(join(folder, "waybell.db"));
    store = createMailStore(database);
    clock = manualClock();
    server = await startSmtp();
  });
  afterEach(async () => {
    for (const mailer of mailers.splice(0)) await mailer.stop();
    await server.close();
    await database.close();
    rmSync(folder, { recursive: true });
  });

  function startMailer(used: MailStore): Mailer {
    const logger = pino({ level: "silent" });
    const mailFrom = "Waybell <alerts@waybell.example>";
    const mailer = createMailer({ smtpUrl: server.url, mailFrom, store: used, clock, logger });
    mailers.push(mailer);
    return mailer;
  }

  async function addMail(id: string, recipients: string[]): Promise<void> {
    await database.batch([
      {
        sql: `INSERT INTO mails (id, kind, recipients, subject, text, html, created_at, due_at)
          VALUES (?1, 'outage', ?2, 'subject', 'text', '<p>text</p>', ?3, ?3)`,
        args: [id, JSON.stringify(recipients), clock.now()],
      },
    ]);
  }
  const row = (id: string) => database.prisma.mail.findUniqueOrThrow({ where: { id } });
  const sentIds = () => server.mails.map(({ parsed }) => parsed.messageId?.slice(1, 7));

  /** The store on a disk that is full until `free` is called. */
  function fullDisk(): { store: MailStore; free: () => void } {
    let isFull = true;
    const whenFree =
      <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> =>
        isFull ? Promise.reject(new Error("the disk is full")) : write(...args);
    const full = { ...store, settle: whenFree(store.settle), postpone: whenFree(store.postpone) };
    return {
      store: full,
      free() {
        isFull = false;
      },
    };
  }

  it("does not go out again while its row cannot be written, and is recorded once it can", async () => {
    const disk = fullDisk();
    await addMail("mail_1", ["it@acme.example"]);
    const mailer = startMailer(disk.store);
    const acceptedAt = clock.now();
    for (let second = 0; second < 5; second++) {
      await mailer.sendDue();
      clock.jump(1000);
    }
    await addMail("mail_2", ["it@acme.example"]);
    await mailer.sendDue();
    expect(sentIds()).toEqual(["mail_1"]);
    disk.free();
    await mailer.sendDue();
    expect(sentIds()).toEqual(["mail_1", "mail_2"]);
    expect(await row("mail_1")).toMatchObject({ attempts: 1, sent_at: BigInt(acceptedAt) });
    expect(await store.waiting()).toBe(0);
  });

  it("goes again, once it is recorded, to those alone who were put off", async () => {
    server.refuseRecipient = (to) => (to.startsWith("grey@") ? { code: 451, text: "Come back later" } : undefined);
    const disk = fullDisk();
    await addMail("mail_1", ["grey@acme.example", "it@acme.example"]);
    const mailer = startMailer(disk.store);
    const acceptedAt = clock.now();
    await mailer.sendDue();
    clock.jump(40_000);
    await mailer.sendDue();
    expect(await row("mail_1")).toMatchObject({ attempts: 0, outcomes: "{}" });
    server.refuseRecipient = () => undefined;
    disk.free();
    await mailer.sendDue();
    expect(server.mails.map(({ envelope }) => envelope.to)).toEqual([["it@acme.example"], ["grey@acme.example"]]);
    expect(await row("mail_1")).toMatchObject({ attempts: 2, due_at: BigInt(acceptedAt + 30_000) });
  });

  it("goes out once more, under the same id, by the next process when its own has ended", async () => {
    await addMail("mail_1", ["it@acme.example"]);
    const first = startMailer(fullDisk().store);
    await first.sendDue();
    await first.stop();
    await startMailer(store).sendDue();
    expect(sentIds()).toEqual(["mail_1", "mail_1"]);
    expect(await store.waiting()).toBe(0);
  });
});
