import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

interface ReceivedMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly parsed: ParsedMail;
  readonly raw: string;
}

/** A refusal as an SMTP server words it. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

export interface SmtpTestServer {
  readonly url: string;
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** Connections so far. */
  readonly connections: number;
  /** Asked for each recipient; undefined accepts. */
  refuseRecipient: (address: string) => Refusal | undefined;
  /** Asked when a mail has come in; undefined accepts. */
  refuseMail: () => Refusal | undefined;
  close(): Promise<void>;
}

const refusal = ({ code, text }: Refusal) => Object.assign(new Error(text), { responseCode: code });

/** A real SMTP server on 127.0.0.1; with `login` it asks for that user and password. */
export async function startSmtp(options: { port?: number; login?: { user: string; pass: string } } = {}) {
  const mails: ReceivedMail[] = [];
  let connections = 0;
  const { login } = options;
  const server = new SMTPServer({
    disabledCommands: login ? ["STARTTLS"] : ["STARTTLS", "AUTH"],
    authOptional: !login,
    allowInsecureAuth: true,
    logger: false,
    onConnect(_session, done) {
      connections++;
      done();
    },
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.pass) return done(null, { user: username });
      // Some servers repeat what they were given.
      return done(refusal({ code: 535, text: `Invalid login for ${username} with ${password}` }));
    },
    onRcptTo({ address }, _session, done) {
      const refused = self.refuseRecipient(address);
      done(refused ? refusal(refused) : null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", async () => {
        const raw = Buffer.concat(chunks);
        const refused = self.refuseMail();
        if (refused) return done(refusal(refused));
        const { mailFrom, rcptTo } = session.envelope;
        const envelope = { from: mailFrom ? mailFrom.address : "", to: rcptTo.map(({ address }) => address) };
        mails.push({ envelope, parsed: await simpleParser(raw), raw: raw.toString("utf8") });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  const who = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.pass)}@` : "";
  const self: SmtpTestServer = {
    url: `smtp://${who}127.0.0.1:${port}`,
    port,
    mails,
    get connections() {
      return connections;
    },
    refuseRecipient: () => undefined,
    refuseMail: () => undefined,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
  return self;
}
