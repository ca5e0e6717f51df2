import type { Fault } from "../errors.js";
import type { Language } from "../types.js";
import { GIVEN_UP_REASONS, REASON_CODES, type ReasonCode, type ReasonTexts, SETTING_CODES } from "./reason-codes.js";
import { reasonsEn } from "./reasons-en.js";
import { reasonsFr } from "./reasons-fr.js";
import { reasonsNl } from "./reasons-nl.js";

const TEXTS: Readonly<Record<Language, ReasonTexts>> = { nl: reasonsNl, fr: reasonsFr, en: reasonsEn };

/** The words for a language. */
export const reasonTexts = (language: Language): ReasonTexts => TEXTS[language];

const isReasonCode = (code: string): code is ReasonCode => (REASON_CODES as readonly string[]).includes(code);

/** Words that fit a whole family: every answer of a protocol, also one of a number that no standard knows. */
const ANY_ANSWER: readonly (readonly [RegExp, ReasonCode])[] = [
  [/^http_\d+$/, "http_2xx"],
  [/^ftp_\d+$/, "ftp_5xx"],
  [/^sftp_\d+$/, "sftp_x"],
  // A format of one's own names in its code what of it failed.
  [/^(?:template|file_name)_[a-z]+$/, "template_x"],
];

function codeFor(code: string): ReasonCode | undefined {
  if (isReasonCode(code)) return code;
  const family = code.replace(/_(\d)\d\d$/, "_$1xx");
  return isReasonCode(family) ? family : ANY_ANSWER.find(([pattern]) => pattern.test(code))?.[1];
}

/** What a failure was. */
export interface FailureFacts {
  readonly fault: Fault | null;
  readonly code: string;
  /** The sentence that was recorded, in English. */
  readonly text: string;
}

/** A failure in plain words; a code that has none falls back to the sentence that was recorded. */
export function failureReason({ fault, code, text }: FailureFacts, language: Language): string {
  const texts = TEXTS[language];
  // What failed on the way to the token server must not be told of the receiver.
  if (code.startsWith("oauth_") && isReasonCode(code)) return texts.codes[code];
  // Transports put the host before it, so the sentence is looked for in what was recorded.
  const sentence = Object.keys(texts.sentences).find((known) => text.includes(known));
  if (sentence !== undefined) return texts.sentences[sentence] ?? text;
  // As a fault of the setting it means that none was given, otherwise that another one was shown.
  const known = codeFor(code === "host_key" && fault === "config" ? "host_key_unset" : code);
  return known ? texts.codes[known] : text;
}

/** Reasons that are not written as they are listed; what took a delivery's place is linked to beside the reason. */
const OTHERWISE: readonly (readonly [RegExp, string])[] = [
  [/^superseded by .*$/, "superseded"],
  [/^410 Gone$/, "gone"],
];

/** Reasons that more follows: a moment, or who and why, in words of their own. */
const FOLLOWED =
  /^(nothing but failures(?:, with the announcement undelivered,)? since(?= )|disabled by the operator(?=$|: )|disabled by(?= ))(.*)$/s;

/**
 * Why a delivery was given up or canceled, or an endpoint disabled or paused; a reason that has no words is repeated as it
 * was recorded.
 */
export function givenUpReason(reason: string, language: Language): string {
  const [, begins, more = ""] = FOLLOWED.exec(reason) ?? [];
  const plain = OTHERWISE.reduce((text, [pattern, known]) => text.replace(pattern, known), begins ?? reason);
  const known = GIVEN_UP_REASONS.find((each) => each === plain);
  return known ? TEXTS[language].givenUp[known] + more : reason;
}

/** What to change about a setting that cannot work. */
export function whatToChange(code: string, language: Language): string {
  return TEXTS[language].whatToChange[SETTING_CODES.find((each) => each === codeFor(code)) ?? "other"];
}
