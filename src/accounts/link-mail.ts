import type { Logger } from "../logger.js";
import type { MailStore } from "../store/mails.js";
import { LINK_LIFE_MS } from "../store/sign-in-links.js";
import type { Clock, Language } from "../types.js";
import { type LetterKind, LINK_PLACE, signInLetter } from "./letters.js";

export interface LinkMailParts {
  readonly mails: Pick<MailStore, "addLink">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** null: nobody can be told where the service is. */
  readonly publicUrl: string | null;
  readonly smtpUrl: string | null;
  readonly timeZone: string;
}

/** The address that a link opens. */
export const linkTo = (base: string, token: string): string => `${base.replace(/\/+$/, "")}/welcome/${token}`;

interface Reader {
  readonly email: string;
  readonly language: Language;
  readonly timeZone: string | null;
}

/** The mails that let their readers in. */
export function createLinkMail({ mails, clock, publicUrl, smtpUrl, timeZone }: LinkMailParts) {
  const missing = [
    ...(publicUrl === null ? (["PUBLIC_URL"] as const) : []),
    ...(smtpUrl === null ? (["SMTP_URL"] as const) : []),
  ];
  return {
    /** What keeps mails with links from going out. */
    missing,
    /** False: none goes out, for a setting is missing. */
    async send(kind: LetterKind, { email, language, timeZone: own }: Reader, token: string): Promise<boolean> {
      if (publicUrl === null || smtpUrl === null) return false;
      const now = clock.now();
      const expiresAt = now + LINK_LIFE_MS[kind];
      const letter = signInLetter(kind, language, expiresAt, own ?? timeZone);
      const link = linkTo(publicUrl, token);
      await mails.addLink({ recipient: email, ...letter, place: LINK_PLACE, link, expiresAt }, now);
      return true;
    },
  };
}

export type LinkMailer = ReturnType<typeof createLinkMail>;
