/** A sentence in the languages that the API does not speak; `{name}` in it stands for a parameter. */
export interface Translated {
  readonly nl: string;
  readonly fr: string;
}
