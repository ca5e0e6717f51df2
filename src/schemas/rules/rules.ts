import { recordRules } from "./records.js";
import { refusals } from "./refusals.js";
import { settingRules } from "./settings.js";
import { checkSentences } from "./steps.js";
import { transportRules } from "./transports.js";
import { valueRules } from "./values.js";

/** What a field can break, each with its English sentence; `{name}` in it stands for a parameter. */
export const RULES = { ...valueRules, ...settingRules, ...transportRules, ...recordRules };
export type Rule = keyof typeof RULES;

/** What a refusal can be for as a whole, in the same way. */
export const REFUSALS = refusals;
export type RefusalRule = keyof typeof REFUSALS;

/** What a step of a connection test can say when it succeeds. */
export const STEPS = checkSentences;
export type StepCode = keyof typeof STEPS;

/** What a sentence is about: bounds, names and what was given. */
export type RuleParams = Readonly<Record<string, string | number>>;

/** A sentence, and what programs and translations need of it. */
export interface Told<Name extends string = string> {
  readonly message: string;
  readonly rule: Name;
  /** Absent: the sentence needs none. */
  readonly params?: RuleParams;
}

const PARAMETER = /\{(\w+)\}/g;

/** A sentence in the parts between its parameters, and the names of these: texts at even places, names at odd ones. */
export const partsOf = (sentence: string): readonly string[] => sentence.split(PARAMETER);

function told<Name extends string>(rule: Name, sentence: string, params: RuleParams | undefined): Told<Name> {
  const message = partsOf(sentence)
    .map((part, at) => (at % 2 === 0 ? part : String(params?.[part] ?? "")))
    .join("");
  return { message, rule, ...(params ? { params } : {}) };
}

/** What is wrong with a field, wherever it is. */
export const broken = (rule: Rule, params?: RuleParams): Told<Rule> => told(rule, RULES[rule], params);

/** What is wrong with the field at a JSON pointer. */
export const fault = (path: string, rule: Rule, params?: RuleParams) => ({ path, ...broken(rule, params) });

/** What a step of a connection test says: a sentence for people, its code and what it names for programs. */
export function stepTold(code: StepCode, params?: RuleParams): StepTold {
  const { rule: _code, message: detail, ...more } = told(code, STEPS[code], params);
  return { detail, code, ...more };
}

export interface StepTold {
  readonly detail: string;
  readonly code: StepCode;
  readonly params?: RuleParams;
}

/** Why something is refused as a whole. */
export const refusal = (rule: RefusalRule, params?: RuleParams): Told<RefusalRule> =>
  told(rule, REFUSALS[rule], params);
