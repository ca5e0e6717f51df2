import type { Word } from "../../word.js";

/** What an option is called in a form, and what is said to help. */
export interface OptionWord {
  readonly label: Word;
  readonly help: Word;
}

/** By the name of the option; of a nested one by its path with dots. */
export type OptionWords = Readonly<Record<string, OptionWord>>;
