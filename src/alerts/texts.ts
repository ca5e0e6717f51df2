import { formatLocal } from "../time.js";
import type { Language } from "../types.js";
import type { Phrases } from "./phrases.js";
import { phrasesEn } from "./phrases-en.js";
import { phrasesFr } from "./phrases-fr.js";
import { phrasesNl } from "./phrases-nl.js";

const PHRASES: Readonly<Record<Language, Phrases>> = { nl: phrasesNl, fr: phrasesFr, en: phrasesEn };

/** The sentences of a language. */
export const phrases = (language: Language): Phrases => PHRASES[language];

const MINUTE = 60_000;
const UNITS = [
  ["day", 24 * 60 * MINUTE],
  ["hour", 60 * MINUTE],
  ["minute", MINUTE],
] as const;

/** `2 days 3 hours`: the two largest units of a duration in milliseconds. */
export function durationText(ms: number, language: Language): string {
  const { unit, shortTime } = PHRASES[language];
  const parts: string[] = [];
  let rest = Math.max(0, ms);
  for (const [name, length] of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(unit[name](count));
  }
  return parts.length === 0 ? shortTime : parts.slice(0, 2).join(" ");
}

/** `19/07/2023 11:06:49` in the zone: all three languages write it so in Belgium. */
export function timeText(ms: number, timeZone: string): string {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(formatLocal(ms, timeZone)) ?? [];
  return `${day}/${month}/${year} ${hour}:${minute}:${second}`;
}

export const numberText = (count: number, language: Language): string => count.toLocaleString(PHRASES[language].locale);

/** The description in the language, else in the same language of another country, else English, else any. */
export function descriptionIn(descriptions: Readonly<Record<string, string>>, language: Language): string {
  const entries = Object.entries(descriptions).filter(([, text]) => text !== "");
  const of = (wanted: string) =>
    entries.find(([tag]) => tag.toLowerCase() === wanted) ??
    entries.find(([tag]) => tag.toLowerCase().startsWith(`${wanted}-`));
  return (of(language) ?? of("en") ?? entries[0])?.[1] ?? "";
}
