import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMailer, type Mailer, mailerNotice } from "../../src/alerts/mailer.js";
import type { Database } from "../../src/store/database.js";
import { createMailStore, type MailStore } from "../../src/store/mails.js";
import { openSqlite } from "../../src/store/sqlite.js";
import { type ManualClock, manualClock } from "../support/clock.js";
import { type SmtpTestServer, startSmtp } from "../support/smtp.js";

const HOUR = 3_600_000;
const CSV = "\ufefforder\r\nASK1\r\n";

describe("the mailer", () => {
  let folder: string;
  let database: Database;
  let store: MailStore;
  let clock: ManualClock;
  let log: string;
  const closing: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "waybell-mailer-"));
    database = await openSqlite(join(folder, "waybell.db"));
    store = createMailStore(database);
    clock = manualClock();
    log = "";
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await database.close();
    rmSync(folder, { recursive: true });
  });

  async function smtp(options: Parameters<typeof startSmtp>[0] = {}): Promise<SmtpTestServer> {
    const server = await startSmtp(options);
    closing.push(() => server.close());
    return server;
  }

  function mailer(smtpUrl: string | null): Mailer {
    const logger = pino(
      { level: "debug", base: null },
      {
        write(line: string) {
          log += line;
        },
      },
    );
    const made = createMailer({ smtpUrl, mailFrom: "Waybell <alerts@waybell.example>", store, clock, logger });
    // The servers wait for their connections to end.
    closing.unshift(() => made.stop());
    return made;
  }

  async function addMail(
    id: string,
    recipients: string[],
    more: { csv?: string | null; subject?: string } = {},
  ): Promise<void> {
    const { csv = CSV, subject = "[Waybell] Ünïcode 😀" } = more;
    const now = clock.now();
    await database.batch([
      {
        sql: `INSERT INTO mails (id, kind, recipients, subject, text, html, csv, created_at, due_at)
          VALUES (?, 'outage', ?, ?, 'plain text', '<p>rich text</p>', ?, ?, ?)`,
        args: [id, JSON.stringify(recipients), subject, csv, now, now],
      },
    ]);
  }
  const row = (id: string) => database.prisma.mail.findUniqueOrThrow({ where: { id } });

  it("sends what is due, once", async () => {
    const server = await smtp();
    await addMail("mail_1", ["it@acme.example", "ops@logistics.example"]);
    const sender = mailer(server.url);
    await Promise.all([sender.sendDue(), sender.sendDue()]);
    await sender.sendDue();
    expect(server.mails).toHaveLength(1);
    const [{ envelope, parsed, raw } = { envelope: null, parsed: null, raw: "" }] = server.mails;
    expect(envelope).toEqual({ from: "alerts@waybell.example", to: ["it@acme.example", "ops@logistics.example"] });
    expect(parsed).toMatchObject({ subject: "[Waybell] Ünïcode 😀", messageId: "<mail_1@waybell.example>" });
    expect(parsed?.text?.trim()).toBe("plain text");
    expect(parsed?.html).toBe("<p>rich text</p>");
    expect(parsed?.headers.get("auto-submitted")).toBe("auto-generated");
    expect(parsed?.date).toEqual(new Date(clock.now()));
    expect(parsed?.attachments[0]).toMatchObject({ filename: "waybell-statuses.csv", contentType: "text/csv" });
    expect(parsed?.attachments[0]?.content.toString()).toBe(CSV);
    expect(raw).not.toMatch(/^bcc:/im);
    expect(await row("mail_1")).toMatchObject({ sent_at: BigInt(clock.now()), attempts: 1, failed_at: null });
  });

  it("keeps the mails without SMTP_URL, says so, and sends them once it is set", async () => {
    await addMail("mail_1", ["it@acme.example"]);
    await mailer(null).sendDue();
    expect(await mailerNotice(null, store)).toBe(
      "SMTP_URL is not set: alert mails are kept and go out once it is. 1 is waiting.",
    );
    await clock.advance(30 * 24 * HOUR);
    const server = await smtp();
    expect(await mailerNotice(server.url, store)).toBeNull();
    await mailer(server.url).sendDue();
    expect(server.mails).toHaveLength(1);
    expect(await mailerNotice(null, store)).toBe("SMTP_URL is not set: alert mails are kept and go out once it is.");
  });

  it("tries again with growing pauses while the mail server is down, and loses nothing", async () => {
    const server = await startSmtp();
    await server.close();
    for (const id of ["mail_1", "mail_2", "mail_3"]) await addMail(id, ["it@acme.example"]);
    const sender = mailer(server.url);
    const pauses: number[] = [];
    for (let tries = 0; tries < 9; tries++) {
      await sender.sendDue();
      const due = Number((await row("mail_3")).due_at);
      pauses.push((due - clock.now()) / 1000);
      await clock.advance(due - clock.now() + 1000);
    }
    expect(pauses).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    expect((await row("mail_1")).last_error).toContain("ECONNREFUSED");
    const again = await smtp({ port: server.port });
    await sender.sendDue();
    expect(again.mails.map(({ parsed }) => parsed.messageId).sort()).toEqual(
      ["mail_1", "mail_2", "mail_3"].map((id) => `<${id}@waybell.example>`),
    );
    expect(await store.waiting()).toBe(0);
  });

  it("keeps a mail for as long as the mail server is down, and sends it then", async () => {
    const server = await startSmtp();
    await server.close();
    await addMail("mail_1", ["it@acme.example"]);
    const sender = mailer(server.url);
    for (let tries = 0; tries < 12; tries++) {
      await sender.sendDue();
      await clock.advance(24 * HOUR);
    }
    const { attempts, failed_at, sent_at } = await row("mail_1");
    // Hours of an outage do not use up the tries that a recipient's refusals are counted by.
    expect({ attempts, failed_at, sent_at }).toEqual({ attempts: 8, failed_at: null, sent_at: null });
    const again = await smtp({ port: server.port });
    await sender.sendDue();
    expect(again.mails).toHaveLength(1);
  });

  it("gets a mail to the others when one recipient is refused for good, and records who", async () => {
    const server = await smtp();
    server.refuseRecipient = (to) => (to.startsWith("gone@") ? { code: 550, text: "No such user" } : undefined);
    await addMail("mail_1", ["gone@acme.example", "it@acme.example", "no address"]);
    const sender = mailer(server.url);
    await sender.sendDue();
    await clock.advance(HOUR);
    await sender.sendDue();
    expect(server.mails.map(({ envelope }) => envelope.to)).toEqual([["it@acme.example"]]);
    const { sent_at, failed_at, outcomes } = await row("mail_1");
    expect({ sent: sent_at !== null, failed_at }).toEqual({ sent: true, failed_at: null });
    expect(JSON.parse(outcomes)).toEqual({
      "gone@acme.example": expect.stringContaining("550"),
      "it@acme.example": "",
      "no address": "not an address",
    });
    expect(log).toMatch(/"level":50.*"refused":\[.*"gone@acme.example"/);
  });

  it("tries again for those who were put off alone", async () => {
    const server = await smtp();
    server.refuseRecipient = (to) => (to.startsWith("grey@") ? { code: 451, text: "Come back later" } : undefined);
    await addMail("mail_1", ["grey@acme.example", "it@acme.example"]);
    const sender = mailer(server.url);
    await sender.sendDue();
    expect(await row("mail_1")).toMatchObject({ sent_at: null, failed_at: null });
    server.refuseRecipient = () => undefined;
    await clock.advance(31_000);
    await sender.sendDue();
    expect(server.mails.map(({ envelope }) => envelope.to)).toEqual([["it@acme.example"], ["grey@acme.example"]]);
    expect((await row("mail_1")).sent_at).not.toBeNull();
  });

  it("marks a mail failed that all recipients refuse, and goes on with the next", async () => {
    const server = await smtp();
    server.refuseRecipient = (to) => (to.startsWith("gone") ? { code: 550, text: "No such user" } : undefined);
    await addMail("mail_1", ["gone1@acme.example", "gone2@acme.example"]);
    await addMail("mail_2", ["it@acme.example"]);
    await mailer(server.url).sendDue();
    expect(server.mails).toHaveLength(1);
    expect(await row("mail_1")).toMatchObject({ sent_at: null, failed_at: BigInt(clock.now()), attempts: 1 });
    expect(log).toMatch(/"level":50.*"mail":"mail_1".*nobody got it/);
  });

  it("marks a mail failed whose content is refused for good, and tries again one that is put off", async () => {
    const server = await smtp();
    server.refuseMail = () => ({ code: 554, text: "Looks like spam" });
    await addMail("mail_1", ["it@acme.example"]);
    await mailer(server.url).sendDue();
    expect(await row("mail_1")).toMatchObject({ sent_at: null, failed_at: BigInt(clock.now()) });
    server.refuseMail = () => ({ code: 452, text: "No room" });
    await addMail("mail_2", ["it@acme.example"]);
    await mailer(server.url).sendDue();
    expect(await row("mail_2")).toMatchObject({ sent_at: null, failed_at: null, attempts: 1 });
  });

  it("logs in, and keeps the mails and the password to itself when the login is refused", async () => {
    const login = { user: "waybell", pass: "p@ss/wörd:7" };
    const server = await smtp({ login });
    await addMail("mail_1", ["it@acme.example"]);
    const wrong = "s3cret+p@ss";
    await mailer(server.url.replace(encodeURIComponent(login.pass), encodeURIComponent(wrong))).sendDue();
    const { last_error, failed_at } = await row("mail_1");
    expect(last_error).toContain("Invalid login for waybell with ***");
    expect(failed_at).toBeNull();
    for (const text of [log, last_error]) {
      expect(text).not.toContain(wrong);
      expect(text).not.toContain(Buffer.from(`\0${login.user}\0${wrong}`).toString("base64"));
    }
    await clock.advance(31_000);
    await mailer(server.url).sendDue();
    expect(server.mails).toHaveLength(1);
  });

  it("sends nothing in clear text where TLS is required", async () => {
    const server = await smtp();
    await addMail("mail_1", ["it@acme.example"]);
    await mailer(`${server.url}?requireTLS=true`).sendDue();
    expect(server.mails).toEqual([]);
    expect(await row("mail_1")).toMatchObject({ sent_at: null, failed_at: null, attempts: 1 });
  });

  it("gives up on a server that takes the connection and says nothing, without losing the mail", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise<void>((resolve) => silent.close(() => resolve())));
    const connected = new Promise<void>((resolve) =>
      silent.once("connection", (socket) => {
        closing.unshift(async () => void socket.destroy());
        resolve();
      }),
    );
    const address = silent.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    await addMail("mail_1", ["it@acme.example"]);
    const sending = mailer(`smtp://127.0.0.1:${address.port}`).sendDue();
    await connected;
    await clock.advance(61_000);
    await sending;
    expect(await row("mail_1")).toMatchObject({ sent_at: null, failed_at: null, attempts: 1 });
  });

  it("stops in the middle of a mail without counting it as a try", async () => {
    const server = await smtp();
    await addMail("mail_1", ["it@acme.example"]);
    const sender = mailer(server.url);
    let reached = () => {};
    const asked = new Promise<void>((resolve) => {
      reached = resolve;
    });
    server.refuseRecipient = () => {
      reached();
      void sender.stop();
      return undefined;
    };
    sender.start();
    await asked;
    await sender.stop();
    expect(await row("mail_1")).toMatchObject({ attempts: 0 });
    expect(clock.waiting).toBe(0);
  });
});
