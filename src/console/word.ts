import type { Language } from "../types.js";
import { isolated } from "./reading-direction.js";

/** A text, or what makes one, in each language: what lacks one does not compile. */
export type Word<T = string> = Readonly<Record<Language, T>>;

/** Chooses a word's language. */
export type Translate = <T>(word: Word<T>) => T;

export const LANGUAGES: readonly Language[] = ["nl", "fr", "en"];

/** How each language calls itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  nl: "Nederlands",
  fr: "Français",
  en: "English",
};

export const isLanguage = (text: unknown): text is Language => LANGUAGES.some((language) => language === text);

/** A sentence in which texts of others have their place: whatever they are, the words around them keep their order. */
const isolating =
  (sentence: (...values: unknown[]) => unknown) =>
  (...values: unknown[]) =>
    sentence(...values.map((value) => (typeof value === "string" ? isolated(value) : value)));

export const translateTo =
  (language: Language): Translate =>
  <T>(word: Word<T>): T => {
    const text = word[language];
    return typeof text === "function" ? (isolating(text as (...values: unknown[]) => unknown) as T) : text;
  };

/** What a browser asks for (RFC 9110, section 12.5.4), of what there is; English where it asks for nothing of it. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const wanted = (acceptLanguage ?? "")
    .slice(0, 1000)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const weight = Number(parameters.map((text) => /^\s*q=([\d.]+)$/.exec(text)?.[1]).find(Boolean) ?? 1);
      return { language: tag.split("-")[0], weight };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ language }) => language);
  return wanted.find(isLanguage) ?? "en";
}
