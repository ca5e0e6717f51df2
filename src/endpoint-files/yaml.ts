import { Composer, type Document, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, stringify } from "yaml";
import type { FieldError } from "../errors.js";
import { fault, type Rule, type RuleParams } from "../schemas/rules/rules.js";

/** What a file may be at most, in characters: some hundred endpoints. */
export const MOST_CHARACTERS = 256 * 1024;
/** Words, signs and line ends. */
const MOST_TOKENS = 50_000;
/** What is deeper is no setting, and would take the reader's stack. */
const MOST_DEPTH = 64;
const MOST_ALIASES = 100;
const MOST_FAULTS = 100;

/** What is wrong, with the line where it stands. */
export interface FileFault extends Omit<FieldError, "line" | "column"> {
  /** From 1; null: of the file as a whole. */
  readonly line: number | null;
}

/** A file that was read: its value, and the line of each place in it. */
export interface ReadFile {
  readonly value: unknown;
  /** Of the nearest place that there is, for what is missing. */
  lineOf(path: string): number | null;
}

type Token = Parameters<Composer["next"]>[0];

const SCALAR = "\x1f";
const ESCAPE =
  /\\(?:[0abtnvfre "/\\N_LP\t\r\n]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U(?:0010|000[\da-fA-F])[\da-fA-F]{4}|(.|$))/gs;

const hasFaultyEscape = (quoted: string): boolean => {
  for (const [, wrong] of quoted.matchAll(ESCAPE)) if (wrong !== undefined) return true;
  return false;
};

/** The tokens of a text; a fault where there is more than can be read in bounded time and depth. */
function tokensOf(text: string, lines: LineCounter): { tokens: Token[] } | { fault: FileFault } {
  const refused = (line: number | null, rule: Rule, params?: RuleParams) => ({
    fault: { ...fault("", rule, params), line },
  });
  if (text.length > MOST_CHARACTERS) return refused(null, "too_long", { limit: MOST_CHARACTERS });
  const [lexer, parser, tokens]: [Lexer, Parser, Token[]] = [new Lexer(), new Parser(lines.addNewLine), []];
  let [count, before] = [0, ""];
  for (const lexeme of lexer.lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    const line = lines.linePos(parser.offset).line;
    count++;
    if (count > MOST_TOKENS) return refused(line, "file_too_much");
    if (parser.stack.length > MOST_DEPTH) return refused(line, "file_depth", { limit: MOST_DEPTH });
    // Another version of YAML would read the same text as other values.
    if (tokens.at(-1)?.type === "directive") return refused(line, "file_directive");
    // The composer takes its time over each of them.
    if (before !== SCALAR && lexeme.startsWith('"') && hasFaultyEscape(lexeme)) {
      return refused(line, "file_escape");
    }
    before = lexeme;
  }
  tokens.push(...parser.end());
  return { tokens };
}

const stepsOf = (path: string): string[] =>
  path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

const keyOf = (key: unknown): string => String(isScalar(key) ? key.value : key);

/** Where a place stands: a member at its name. */
function offsetOf(document: Document.Parsed, path: string): number | null {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? null;
  for (const step of stepsOf(path)) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => keyOf(key) === step);
      if (!pair) return offset;
      offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = (isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined) ?? offset;
    } else return offset;
  }
  return offset;
}

/** What YAML can say and no setting can be, each at its place. `anchors`: those that stand before. */
function strangeIn(node: unknown, path: string, anchors: Set<string>): FieldError[] {
  if (isAlias(node)) return anchors.has(node.source) ? [] : [fault(path, "file_anchor", { anchor: node.source })];
  if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) anchors.add(node.anchor);
  if (isSeq(node)) return node.items.flatMap((item, at) => strangeIn(item, `${path}/${at}`, anchors));
  if (isMap(node)) {
    const seen = new Set<string>();
    return node.items.flatMap(({ key, value }) => {
      const name = keyOf(key);
      const place = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      const twice = seen.has(name) ? [fault(place, "file_twice")] : [];
      seen.add(name);
      return [...twice, ...strangeIn(value, place, anchors)];
    });
  }
  const isNumber = isScalar(node) && typeof node.value === "number";
  return isNumber && !Number.isFinite(node.value) ? [fault(path, "file_number")] : [];
}

const FAILED = "cannot be read as YAML";

/** Reads YAML (and JSON, which is a part of it) from whoever sent it; everything that is wrong with it, by line. */
export function readYaml(text: string): { file: ReadFile } | { faults: FileFault[] } {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const read = tokensOf(text.replace(/^\ufeff/, ""), lines);
  if ("fault" in read) return { faults: [read.fault] };
  const lineAt = (offset: number | null) => (offset === null ? null : lines.linePos(offset).line);
  const options = { uniqueKeys: false, stringKeys: true, prettyErrors: false, resolveKnownTags: false } as const;
  const [document, second] = [...new Composer({ ...options, logLevel: "silent" }).compose(read.tokens)];
  if (document === undefined) return { faults: [{ ...fault("", "file_empty"), line: null }] };
  if (second) return { faults: [{ ...fault("", "file_several"), line: null }] };
  const faulty = [...document.errors, ...document.warnings].slice(0, MOST_FAULTS);
  if (faulty.length > 0) {
    return {
      faults: faulty.map(({ message, pos }) => ({ ...fault("", "file_yaml", { message }), line: lineAt(pos[0]) })),
    };
  }
  const lineOf = (path: string) => lineAt(offsetOf(document, path));
  const strange = strangeIn(document.contents, "", new Set()).slice(0, MOST_FAULTS);
  if (strange.length > 0) return { faults: strange.map((fault) => ({ ...fault, line: lineOf(fault.path) })) };
  try {
    return { file: { value: document.toJS({ maxAliasCount: MOST_ALIASES }), lineOf } };
  } catch (error) {
    return {
      faults: [{ ...fault("", "file_yaml", { message: `${FAILED}: ${(error as Error).message}` }), line: null }],
    };
  }
}

/** A value as YAML that `readYaml` reads as the same again. */
export const writeYaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
