import { type Compiled, compile } from "./engine.js";
import { VARIABLES } from "./scope.js";

/** Characters of all templates that are kept parsed. Each takes 40 to 150 bytes then: 80 MB at most. */
const MAX_CHARACTERS = 512 * 1024;
/** What a template counts for beside its text, so that many short ones are bounded too. */
const OVERHEAD = 256;

const kept = new Map<string, Compiled>();
let characters = 0;

const sizeOf = (source: string): number => source.length + OVERHEAD;

/** A template, parsed once for as long as it is among those in use. Throws TemplateFault. */
export function parsed(source: string): Compiled {
  const known = kept.get(source);
  if (known) {
    // To the end: what is at the front was used longest ago.
    kept.delete(source);
    kept.set(source, known);
    return known;
  }
  const template = compile(source, VARIABLES);
  kept.set(source, template);
  characters += sizeOf(source);
  for (const oldest of kept.keys()) {
    if (characters <= MAX_CHARACTERS) break;
    kept.delete(oldest);
    characters -= sizeOf(oldest);
  }
  return template;
}
