import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { type Letter, letterHtml, letterText, subjectOf } from "../../src/alerts/letter.js";
import { isolated, oneLine } from "../../src/alerts/safe-text.js";
import { descriptionIn, durationText, phrases } from "../../src/alerts/texts.js";
import { GIVEN_UP_REASONS, REASON_CODES, SETTING_CODES } from "../../src/reasons/reason-codes.js";
import { failureReason, givenUpReason, reasonTexts, whatToChange } from "../../src/reasons/reasons.js";
import { LANGUAGES } from "../../src/schemas/endpoint.js";
import { csvCell, csvFile } from "../../src/tables/csv.js";
import { networkFault } from "../../src/transports/network-faults.js";

// Every errno, resolver, TLS and undici code that network-faults.ts tells apart.
const NETWORK_CODES =
  "ENOTFOUND EAI_NONAME ENODATA EBADNAME EAI_AGAIN EAI_FAIL ETIMEOUT ESERVFAIL EREFUSED EBADRESP ECONNREFUSED EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN EADDRNOTAVAIL EMFILE EACCES EPERM ETIMEDOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT ECONNRESET ECONNABORTED EPIPE UND_ERR_SOCKET CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REVOKED CERT_REJECTED CERT_UNTRUSTED CERT_SIGNATURE_FAILURE DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE ERR_TLS_CERT_ALTNAME_INVALID ERR_TLS_HANDSHAKE_TIMEOUT ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED ERR_SSL_TLSV1_ALERT_UNKNOWN_CA ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_NO_PROTOCOLS_AVAILABLE".split(
    " ",
  );

describe("the words of alert mails", () => {
  it.each(LANGUAGES)("are there for every code and reason in %s", (language) => {
    const texts = reasonTexts(language);
    for (const code of REASON_CODES) expect(texts.codes[code], code).toMatch(/^\p{Lu}.+\.$/u);
    for (const reason of GIVEN_UP_REASONS) expect(texts.givenUp[reason], reason).toMatch(/^\p{Lu}.+[^.]$/u);
  });

  it.each(LANGUAGES)("say what to change about a setting in %s", (language) => {
    for (const code of [...SETTING_CODES, "other"]) expect(whatToChange(code, language)).toMatch(/^\p{Lu}.+\.$/u);
    expect(whatToChange("never_seen", language)).toBe(whatToChange("other", language));
  });

  it.each(["nl", "fr"] as const)("translate every sentence about the network into %s", (language) => {
    const own = Object.values(reasonTexts(language).sentences);
    for (const code of NETWORK_CODES) {
      const fault = networkFault({ code });
      if (!fault) throw new Error(`${code} is no network fault`);
      expect(REASON_CODES).toContain(fault.code);
      const text = `"ftp.acme.example" cannot be looked up. ${fault.sentence}`;
      expect(own, code).toContain(failureReason({ fault: "connection", code: fault.code, text }, language));
    }
  });

  it("differ between the languages", () => {
    const [nl, fr, en] = LANGUAGES.map(reasonTexts);
    for (const code of REASON_CODES)
      expect(new Set([nl, fr, en].map((texts) => texts?.codes[code])).size, code).toBe(3);
  });

  it.each([
    ["http_503", "Le serveur est temporairement indisponible (503)."],
    ["http_418", "Le serveur a refusé la requête."],
    ["http_507", "Le serveur a rencontré une erreur."],
    ["http_204", "Le serveur a répondu, mais pas par la réponse qui vaut réussite pour ce webhook."],
    ["ftp_451", "Le serveur FTP ne peut pas accepter le fichier pour le moment."],
    ["ftp_552", "Le quota de disque du serveur FTP est épuisé (552)."],
    ["http_999", "Le serveur a répondu, mais pas par la réponse qui vaut réussite pour ce webhook."],
    ["ftp_350", "Le serveur FTP a refusé le fichier."],
    ["sftp_9", "Le serveur SFTP a refusé le fichier."],
    ["never_seen", "Recorded sentence."],
  ])("stand for the code %s, or for its family, or are what was recorded", (code, words) => {
    expect(failureReason({ fault: "response", code, text: "Recorded sentence." }, "fr")).toBe(words);
    expect(givenUpReason("by hand", "fr")).toBe("by hand");
  });

  it("tell a host key that is not set from one that is another's", () => {
    expect(failureReason({ fault: "config", code: "host_key", text: "" }, "en")).toContain("No host key is set");
    expect(failureReason({ fault: "connection", code: "host_key", text: "" }, "en")).toContain("another host key");
  });

  it("count as each language does", () => {
    expect(phrases("fr").subject.givenUp("X", 0)).toBe("X : 0 statut abandonné");
    expect(phrases("fr").subject.givenUp("X", 2)).toBe("X : 2 statuts abandonnés");
    expect(phrases("nl").closing.stillWaiting(1)).toBe(
      "1 status wacht nog; u hoeft niets te doen om die te laten versturen.",
    );
    expect(durationText(90 * 60_000, "nl")).toBe("1 uur 30 minuten");
    expect(durationText(25 * 3_600_000 + 60_000, "fr")).toBe("1 jour 1 heure");
    expect(durationText(10_000, "en")).toBe("less than a minute");
  });

  it("take the description in the language, of any country, else in English, else any", () => {
    expect(descriptionIn({ "nl-BE": "Onderweg", en: "On its way" }, "nl")).toBe("Onderweg");
    expect(descriptionIn({ fr: "", en: "On its way" }, "fr")).toBe("On its way");
    expect(descriptionIn({ es: "En camino" }, "fr")).toBe("En camino");
    expect(descriptionIn({}, "fr")).toBe("");
  });
});

describe("text from outside", () => {
  it("stays on one line, within its bounds and in its direction", () => {
    expect(oneLine("a\r\nBcc: x@y.example\u0000\u0085\u2028b\u202ec")).toBe("a Bcc: x@y.example b c");
    expect(oneLine("x".repeat(600))).toHaveLength(500);
    expect(oneLine("😀".repeat(10), 6)).toBe("😀😀…");
    expect(oneLine("\ud800 half")).toBe("\ufffd half");
    expect(isolated("שלום")).toBe("\u2068שלום\u2069");
    expect(isolated("plain")).toBe("plain");
  });

  const hostile = `<script>alert(1)</script>"&'\r\nX: y\u202e`;
  const letter: Letter = {
    language: "en",
    subject: isolated(hostile),
    intro: "Intro.",
    facts: [["Endpoint", hostile]],
    tables: [{ title: "List", head: ["Order"], rows: [[hostile]], notes: [] }],
    link: { text: "Rest", url: 'https://waybell.example/?a=1&b="' },
    closing: [],
    footer: "Footer.",
  };

  it("is escaped in HTML", () => {
    const html = letterHtml(letter);
    expect(html).not.toContain("<script>");
    expect(html).toContain("<bdi>&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;&#39; X: y</bdi>");
    expect(html).toContain('href="https://waybell.example/?a=1&amp;b=&quot;"');
  });

  it("breaks no line of the text and no header", () => {
    expect(subjectOf(letter)).not.toMatch(/[\r\n\u202e]/);
    expect(letterText(letter).split("\r\n")).toContain(`  <script>alert(1)</script>"&' X: y`);
  });
});

describe("the attached CSV", () => {
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", '=HYPERLINK("x")'])("defuses %j", (value) => {
    const [[cell]] = parse(`${csvCell(value)}\r\n`, { relax_quotes: false }) as [[string]];
    expect(cell).toBe(`'${value}`);
  });

  it.each([
    ["a;=1+1", "a;'=1+1"],
    ["a\t@x|-1", "a\t'@x|'-1"],
    ["a\r\n=1", "a\r\n'=1"],
    [" =1", "' =1"],
    ['a;"=1+1;b', `a;'"=1+1;b`],
    ['a|" "@x', `a|'" "@x`],
    ["a=b-c, d", "a=b-c, d"],
    ["abc\u202efdp", "abc\ufffdfdp"],
  ])("defuses %j behind each separator, and the marks that turn the reading direction", (value, held) => {
    expect(parse(`${csvCell(value)}\r\n`, { record_delimiter: "\r\n" })).toEqual([[held]]);
  });

  it.each(['a;"=1+1;b', 'a|""-1', '"=1', 'a\n" "+1'])(
    "holds no formula for who passes over its quotes: %j",
    (value) => {
      // What stands between quotes that open and close a cell at once is nothing.
      const cells = csvCell(value).split(/[;|\t\r\n]/);
      for (const cell of cells) expect(cell.replaceAll('"', "")).not.toMatch(/^\s*[=+\-@]/);
    },
  );

  it("is UTF-8 with a byte order mark and reads back as it was", () => {
    const rows = [["a,b", 'say "hi"', "line\r\nbreak", "é 😀", "", "don't"]];
    const { text } = csvFile(["one", "two", "three", "four", "five", "six"], rows, 1000);
    expect(text.startsWith("\ufeff")).toBe(true);
    expect(parse(text, { bom: true, from: 2, record_delimiter: "\r\n" })).toEqual(rows);
  });

  it("holds whole rows up to its bound", () => {
    const { text, rows } = csvFile(
      ["h"],
      Array.from({ length: 100 }, () => ["é".repeat(10)]),
      200,
    );
    expect(rows).toBe(8);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(200);
    expect(text.endsWith("é\r\n")).toBe(true);
  });
});
