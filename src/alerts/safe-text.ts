// C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of the text around them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}]|[\u{1e800}-\u{1efff}]/u;

const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";

/** One line of plain text: whatever could break a line, a header or the reading direction becomes a space. */
export function oneLine(text: string, maxLength = 500): string {
  const clean = text.replace(UNSAFE, " ").replace(LONE_SURROGATES, "\ufffd").trim();
  if (clean.length <= maxLength) return clean;
  return `${clean.slice(0, maxLength - 1).replace(LONE_SURROGATES, "")}…`;
}

/** `oneLine`, closed in on itself where it is written from right to left: what stands around it keeps its order. */
export function isolated(text: string, maxLength?: number): string {
  const clean = oneLine(text, maxLength);
  return RIGHT_TO_LEFT.test(clean) ? FIRST_STRONG_ISOLATE + clean + POP_ISOLATE : clean;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for HTML, in elements and in quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
