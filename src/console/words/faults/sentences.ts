import { REFUSALS, type RefusalRule, RULES, type Rule } from "../../../schemas/rules/rules.js";
import type { Word } from "../../word.js";
import { recordFaults } from "./records.js";
import { refusalsForPeople, refusalWords } from "./refusals.js";
import { settingFaults } from "./settings.js";
import type { Translated } from "./translated.js";
import { transportFaults } from "./transports.js";
import { valueFaults } from "./values.js";

const ENGLISH: Readonly<Record<string, string>> = { ...RULES, ...REFUSALS, ...refusalsForPeople };

const TRANSLATED: Readonly<Record<Rule | RefusalRule, Translated>> = {
  ...valueFaults,
  ...settingFaults,
  ...transportFaults,
  ...recordFaults,
  ...refusalWords,
};

/** The sentence of a rule or a refusal; undefined: it has none. */
export function sentenceOf(rule: string | undefined): Word | undefined {
  if (rule === undefined || !Object.hasOwn(TRANSLATED, rule)) return undefined;
  return { en: ENGLISH[rule] ?? "", ...TRANSLATED[rule as Rule | RefusalRule] };
}

/** What English pages say for a rule in other words than the API; undefined: they say it as the API does. */
export const forPeople = (rule: string | undefined): string | undefined =>
  rule !== undefined && Object.hasOwn(refusalsForPeople, rule)
    ? refusalsForPeople[rule as keyof typeof refusalsForPeople]
    : undefined;

/** What stands before a sentence that is told as Waybell or a server has put it, in English. */
export const asTold: Word = { en: "", nl: "Waybell meldt:", fr: "Waybell indique :" };
