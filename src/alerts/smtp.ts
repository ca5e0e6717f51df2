import { withoutSecrets } from "../schemas/masking.js";
import type { DueMail, Outcomes } from "../store/mails.js";
import { oneLine } from "./safe-text.js";

/** What became of one try to send a mail. */
export type SendResult =
  /** Recipients that are in neither are tried again. */
  | { readonly kind: "answered"; readonly outcomes: Outcomes; readonly error: string }
  /** The server could not be reached, did not let us in, or does not take our sender: no mail would go. */
  | { readonly kind: "server"; readonly error: string };

export interface SmtpSender {
  send(mail: DueMail, signal: AbortSignal): Promise<SendResult>;
  close(): void;
}

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
/** The longest text of a server that is looked at, to show some of it. */
const MAX_SAID = 16 * 1024;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;
// Nothing that could end the address, its header or the line of the SMTP dialogue.
const ADDRESS = /^[^\s<>,;:"\\()[\]\p{Cc}\p{Cf}\p{Cs}]+@[^\s<>,;:"\\()[\]\p{Cc}\p{Cf}\p{Cs}]+$/u;

/** Codes of nodemailer that say nothing about the mail. */
const SERVER_ERRORS: ReadonlySet<string> = new Set([
  "ECONNECTION",
  "ETIMEDOUT",
  "ESOCKET",
  "EDNS",
  "ETLS",
  "EPROTOCOL",
  "EAUTH",
  "ENOAUTH",
  "EPROXY",
]);

interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly requireTls: boolean;
  readonly checkCertificate: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | null;
}

/**
 * Reads SMTP_URL: `smtp://user:password@host:587?requireTLS=true`. TLS is used wherever the server offers it and must be
 * used with `requireTLS`; `tls.rejectUnauthorized=false` takes any certificate, which on this machine itself is taken anyway.
 */
function serverOf(smtpUrl: string): SmtpServer {
  const url = new URL(smtpUrl);
  const secure = url.protocol === "smtps:";
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: url.searchParams.get("requireTLS") === "true",
    checkCertificate: url.searchParams.get("tls.rejectUnauthorized") !== "false" && !LOOPBACK.test(url.hostname),
    auth: url.username ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } : null,
  };
}

/** What a server that was sent a password may repeat: it alone, and what AUTH PLAIN makes of it (RFC 4616). */
function secretsOf({ auth }: SmtpServer): string[] {
  if (!auth || auth.pass === "") return [];
  return [auth.pass, Buffer.from(`\0${auth.user}\0${auth.pass}`).toString("base64")];
}

interface SmtpError {
  readonly message: string;
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly recipient?: string;
  readonly rejectedErrors?: readonly SmtpError[];
}

/** The same mail would be refused again. 503 says that the session was in the wrong state, not the mail. */
function isPermanent({ code, command, responseCode }: SmtpError): boolean {
  const isTooLarge = code === "EMESSAGE" && command === "MAIL FROM";
  return isTooLarge || (responseCode !== undefined && responseCode >= 500 && responseCode !== 503);
}

/** Whether the server refused this mail or its recipients, and would take others. */
function isAboutMail({ code, command, responseCode }: SmtpError): boolean {
  if (responseCode === 421) return false;
  if (code === "EENVELOPE") return command === "RCPT TO" || command === "DATA";
  return !SERVER_ERRORS.has(code ?? "");
}

function answerOf(error: SmtpError, recipients: readonly string[], clean: (text: string) => string): SendResult {
  const text = clean(error.message);
  if (!isAboutMail(error)) return { kind: "server", error: text };
  if (error.rejectedErrors) return { kind: "answered", outcomes: refusals(error.rejectedErrors, clean), error: text };
  const all = recipients.map((recipient) => [recipient, text]);
  return { kind: "answered", outcomes: isPermanent(error) ? Object.fromEntries(all) : {}, error: text };
}

/** Who was refused for good, with what the server said. */
function refusals(errors: readonly SmtpError[], clean: (text: string) => string): Record<string, string> {
  const outcomes: Record<string, string> = {};
  for (const error of errors) {
    if (isPermanent(error) && error.recipient) outcomes[error.recipient] = clean(error.message);
  }
  return outcomes;
}

/** Connections to a server. nodemailer takes 15 MB of memory: who sends no mail does without it. */
async function openPool(server: SmtpServer) {
  const { default: nodemailer } = await import("nodemailer");
  const pool = nodemailer.createTransport({
    pool: true,
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: server.requireTls,
    tls: { rejectUnauthorized: server.checkCertificate },
    ...(server.auth ? { auth: server.auth } : {}),
    maxConnections: 1,
    maxRequeues: 1,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    idleTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // A connection that breaks while nothing is sent concerns nobody.
  pool.on("error", () => undefined);
  return pool;
}

/** Sends mails to the server that SMTP_URL names. Opens connections only when there is something to send. */
export function createSmtpSender(smtpUrl: string, mailFrom: string): SmtpSender {
  const server = serverOf(smtpUrl);
  const secrets = secretsOf(server);
  const clean = (text: string) => oneLine(withoutSecrets(text, secrets, "***", MAX_SAID), 500);
  let pool: ReturnType<typeof openPool> | undefined;
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(mailFrom)?.[1] ?? "waybell.invalid";

  return {
    async send(mail, signal) {
      const good = mail.recipients.filter((recipient) => ADDRESS.test(recipient));
      // Without a prototype: its names are given from outside.
      const outcomes: Record<string, string> = Object.create(null);
      for (const recipient of mail.recipients) if (!good.includes(recipient)) outcomes[recipient] = "not an address";
      if (good.length === 0) return { kind: "answered", outcomes, error: "none of the recipients is an address" };
      try {
        pool ??= openPool(server).catch((error: unknown) => {
          pool = undefined;
          throw error;
        });
        const info = await (await pool).sendMail({
          signal,
          from: mailFrom,
          to: good.map((address) => ({ name: "", address })),
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          // The same on every repeat, so that a mail that came twice can be told.
          messageId: `<${mail.id}@${domain}>`,
          date: new Date(mail.createdAt),
          headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
          attachments: attachments(mail),
        });
        const rejectedErrors = (info as { rejectedErrors?: SmtpError[] }).rejectedErrors ?? [];
        const rejected = new Set(info.rejected.map(String));
        for (const recipient of good) if (!rejected.has(recipient)) outcomes[recipient] = "";
        Object.assign(outcomes, refusals(rejectedErrors, clean));
        return { kind: "answered", outcomes, error: rejectedErrors.map(({ message }) => clean(message)).join("; ") };
      } catch (error) {
        const answer = answerOf(error as SmtpError, good, clean);
        return answer.kind === "server" ? answer : { ...answer, outcomes: { ...outcomes, ...answer.outcomes } };
      }
    },
    close: () => {
      pool?.then(
        (open) => open.close(),
        () => undefined,
      );
    },
  };
}

function attachments({ csv }: DueMail) {
  if (csv === null) return [];
  return [{ filename: "waybell-statuses.csv", content: Buffer.from(csv), contentType: "text/csv; charset=utf-8" }];
}
