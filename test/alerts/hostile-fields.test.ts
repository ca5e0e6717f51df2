import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { givenUpMail, outageMail, recoveryMail, stoppedMail } from "../../src/alerts/compose.js";
import { disablingMail, failedForDaysMail } from "../../src/alerts/compose-disabling.js";
import { createSmtpSender, type SmtpSender } from "../../src/alerts/smtp.js";
import { viewOf } from "../../src/alerts/view.js";
import type { StatusLine } from "../../src/store/alert-lists.js";
import type { LaneOwner, MailDraft, WatchedLane } from "../../src/store/alert-types.js";
import { HOSTILE } from "../fuzz/texts.js";
import { type SmtpTestServer, startSmtp } from "../support/smtp.js";
import { STEERS } from "../support/terminal.js";

const START = Date.UTC(2023, 6, 19, 9, 6, 49);
const RECIPIENTS = ["it@acme.example"];
const PLAIN = "plain";

/** Everything that a mail shows and that came from outside. */
interface Fields {
  readonly line: StatusLine;
  readonly lane: WatchedLane;
  readonly owner: LaneOwner;
  readonly address: string;
}

const LINE: StatusLine = {
  ...{ deliveryId: PLAIN, order: PLAIN, barcode: PLAIN, container: PLAIN, statusCode: PLAIN, endpointId: PLAIN },
  ...{ descriptions: { en: PLAIN }, lastError: PLAIN, code: PLAIN, reason: PLAIN, status: "PROCESSING" },
  ...{ statusTime: START, state: "failed", fault: "response", attempts: 1, finishedAt: START },
};
const LANE: WatchedLane = {
  ...{ id: "ep_1", customerId: "acme", label: PLAIN, heldReason: null, failures: 1, responseFailures: 0, successes: 0 },
  ...{ succeedingSince: null, failingSince: START, fault: "connection", code: PLAIN, text: PLAIN },
  ...{ lastFailureAt: START, connectFailedAt: START, givenUpAt: null, disabledAt: null },
  ...{ onlyFailedSince: START, disablesAt: null },
} as unknown as WatchedLane;
const ENDPOINT = {
  ...{ id: PLAIN, name: PLAIN, deleted: false, state: "active", stateReason: PLAIN, updatedAt: START, emails: [] },
  ...{ transport: { type: "http-post", url: "https://acme.example" }, language: "en", timeZone: "UTC" },
} as unknown as LaneOwner["endpoints"][number];
const OWNER: LaneOwner = {
  customer: { id: PLAIN, name: "Acme", emails: [], language: "en", timeZone: null },
  endpoints: [ENDPOINT],
  endpointCount: 1,
};
const SOUND: Fields = { line: LINE, lane: LANE, owner: OWNER, address: PLAIN };

const inLine = (name: keyof StatusLine) => (text: string) => ({ ...SOUND, line: { ...LINE, [name]: text } });
const FIELDS: readonly [name: string, (text: string) => Fields][] = [
  ...(["order", "barcode", "container", "statusCode", "endpointId", "deliveryId", "lastError", "reason"] as const).map(
    (name): [string, (text: string) => Fields] => [name, inLine(name)],
  ),
  ["description", (text) => ({ ...SOUND, line: { ...LINE, descriptions: { en: text } } })],
  ["last failure", (text) => ({ ...SOUND, lane: { ...LANE, text } })],
  ["endpoint's name", (text) => ({ ...SOUND, owner: { ...OWNER, endpoints: [{ ...ENDPOINT, name: text }] } })],
  ["endpoint's id", (text) => ({ ...SOUND, owner: { ...OWNER, endpoints: [{ ...ENDPOINT, id: text }] } })],
  ["customer's name", (text) => ({ ...SOUND, owner: { ...OWNER, customer: { ...OWNER.customer, name: text } } })],
  ["customer's id", (text) => ({ ...SOUND, owner: { ...OWNER, customer: { ...OWNER.customer, id: text } } })],
  ["address", (text) => ({ ...SOUND, address: text })],
];

/** A mail of every kind about these fields. */
function mailsOf({ line, lane, owner, address }: Fields): MailDraft[] {
  const setting = { timeZone: "UTC", alertTo: [], publicUrl: "https://waybell.example/", describe: () => address };
  const view = viewOf(lane, owner, START + 60_000, setting);
  const list = { total: 1, lines: [line] };
  return [
    outageMail(view, RECIPIENTS, list, false),
    outageMail(view, RECIPIENTS, list, true),
    recoveryMail(view, RECIPIENTS, { delivered: list, failed: list, waiting: 1, endedAt: START + 1 }),
    givenUpMail(view, RECIPIENTS, list, "given_up"),
    givenUpMail(view, RECIPIENTS, list, "internal"),
    stoppedMail(view, RECIPIENTS, list, "held", lane.text),
    stoppedMail(view, RECIPIENTS, list, "disabled", lane.text),
    disablingMail(view, RECIPIENTS, list, START + 120_000),
    failedForDaysMail(view, RECIPIENTS, list),
  ];
}

const LINK = /href="([^"]*)"/g;
/** The tags of a page, whatever its texts. */
const tagsOf = (html: string) => (html.replace(LINK, "href").match(/<[^>]*>/g) ?? []).join("");
const PLAIN_MAILS = mailsOf(SOUND);

describe.each(FIELDS)("a mail with a hostile %s", (_name, fields) => {
  const mails = HOSTILE.flatMap((text) => mailsOf(fields(text)).map((mail, at) => ({ mail, at })));

  it("has its lines, its tags and its links as ever", () => {
    for (const { mail, at } of mails) {
      const plain = PLAIN_MAILS[at] as MailDraft;
      expect(mail.subject).not.toMatch(/[\r\n]/);
      // An isolate around what is written from right to left is ours, and closed again.
      const ours = /\u2068([^\u2068\u2069]*)\u2069/g;
      for (const part of [mail.subject, mail.text, mail.html]) {
        expect(part.replaceAll("\r\n", "\n").replace(ours, "$1")).not.toMatch(STEERS);
      }
      expect(mail.text.split("\r\n")).toHaveLength(plain.text.split("\r\n").length);
      expect(tagsOf(mail.html)).toBe(tagsOf(plain.html));
      for (const [, link = ""] of mail.html.matchAll(LINK)) {
        expect(link).toMatch(/^https:\/\/waybell\.example\/deliveries\?[\w.*%+=&;-]*$/);
      }
    }
  });

  it("has a CSV without formulas, whichever separator it is read with", () => {
    for (const { mail } of mails) {
      const whole = String(mail.csv).replace(/^\ufeff/, "");
      const rows = parse(whole, { record_delimiter: "\r\n" }) as string[][];
      expect(new Set(rows.map((row) => row.length))).toEqual(new Set([11]));
      const naive = whole.split(/[;|\t\r\n]/).flatMap((part) => [part, part.replace(/^"+/, "")]);
      for (const cell of [...rows.flat(), ...naive]) expect(cell).not.toMatch(/^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/);
      expect(whole).not.toMatch(/[\0\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    }
  });
});

describe("a mail on its way", () => {
  let server: SmtpTestServer;
  let sender: SmtpSender;
  beforeAll(async () => {
    server = await startSmtp();
    sender = createSmtpSender(server.url, "Waybell <alerts@waybell.example>");
  });
  afterAll(async () => {
    sender.close();
    await server.close();
  });
  const signal = new AbortController().signal;
  const due = (mail: MailDraft, recipients: readonly string[]) =>
    ({ ...mail, recipients, createdAt: START, attempts: 0 }) as unknown as Parameters<SmtpSender["send"]>[0];

  it.each(HOSTILE)("has the headers of every mail, whatever stands in its subject: %j", async (text) => {
    const mails = [inLine("order")(text), { ...SOUND, owner: { ...OWNER, endpoints: [{ ...ENDPOINT, name: text }] } }];
    for (const mail of mails.map((fields) => mailsOf(fields)[0] as MailDraft)) {
      server.mails.length = 0;
      await sender.send(due(mail, RECIPIENTS), signal);
      const [{ envelope, parsed } = { envelope: null, parsed: null }] = server.mails;
      expect(envelope?.to).toEqual(RECIPIENTS);
      expect([...(parsed?.headers.keys() ?? [])].sort()).toEqual([
        ...["auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to"],
        "x-auto-response-suppress",
      ]);
      expect(parsed?.subject).toBe(mail.subject.replace(/ +/g, " ").trim());
      expect(parsed?.attachments.map(({ filename }) => filename)).toEqual(["waybell-statuses.csv"]);
    }
  });

  const ADDRESSES = [
    ...HOSTILE,
    ...["x@evil.example\r\nRCPT TO:<y@evil.example>", "x@evil.example, y@evil.example", "x\0@evil.example"],
    ...[
      "<x@evil.example>",
      "x@evil.example>\r\nDATA",
      "x@evil\u202e.example",
      "x@evil.example\u0085",
      "x y@evil.example",
    ],
  ];
  it.each(ADDRESSES)("goes to nobody for what is no address: %j", async (address) => {
    server.mails.length = 0;
    const result = await sender.send(due(PLAIN_MAILS[0] as MailDraft, [address, ...RECIPIENTS]), signal);
    expect(server.mails.map(({ envelope }) => envelope.to)).toEqual([RECIPIENTS]);
    expect(result).toMatchObject({
      kind: "answered",
      outcomes: { [address]: "not an address", "it@acme.example": "" },
    });
  });
});
