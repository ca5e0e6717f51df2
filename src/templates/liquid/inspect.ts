import { AssignTag, CaptureTag, ForTag, type Template as Piece, type Token, TokenKind } from "liquidjs";
import { TemplateFault } from "./budget.js";

/** Both ends of a range are at most this far from nought. */
const MAX_END = 99_999;

/** What leads out of a piece of a template, or holds no parsed part of it. */
const ASIDE: ReadonlySet<string> = new Set(["liquid", "tokenizer", "input", "handler"]);

/** What `for` makes beside its own variable. */
const OF_LOOPS = ["forloop", "continue"];

type Parsed = Partial<Record<string, unknown>>;

const kindOf = (value: unknown): unknown => (value as Parsed | null | undefined)?.kind;

function isShort(end: unknown): boolean {
  const content = (end as Parsed).content;
  return kindOf(end) === TokenKind.Number && Number.isInteger(content) && Math.abs(Number(content)) <= MAX_END;
}

function faultAt(token: unknown, message: string): TemplateFault {
  const [line = 1, column = 1] = (token as Token).getPosition();
  return new TemplateFault("syntax", message, line, column);
}

/**
 * Ranges are written with numbers, and short. liquidjs makes a list of each before its first round, and counts it by
 * the difference of its ends; from 2^53 on adding 1 changes nothing, and it would never end.
 */
function checkRange(token: Parsed): void {
  if (kindOf(token) !== TokenKind.Range || (isShort(token.lhs) && isShort(token.rhs))) return;
  const most = MAX_END.toLocaleString("en");
  throw faultAt(token, `a range has whole numbers of at most ${most} at its ends, such as (1..10)`);
}

/** The variable that a path begins with; undefined for a path into a text or list written out. */
function rootOf(token: Parsed): string | undefined {
  const [first] = token.props as readonly Parsed[];
  if (token.variable || !first) return undefined;
  const named = kindOf(first) === TokenKind.Word || kindOf(first) === TokenKind.Quoted;
  if (!named) throw faultAt(token, "a variable is called by its name");
  return String(first.content);
}

function addLocals(value: object, locals: Set<string>): void {
  if (value instanceof AssignTag) locals.add(String((value as unknown as Parsed).key));
  else if (value instanceof CaptureTag || value instanceof ForTag) {
    locals.add(String((value as unknown as Parsed).variable));
    if (value instanceof ForTag) for (const name of OF_LOOPS) locals.add(name);
  }
}

/**
 * Looks at every part of a parsed template; returns which of `variables` it reads. Throws TemplateFault for a range that
 * could be long, and for a name that is neither a variable nor given anywhere in the template. liquidjs's own analysis
 * takes time with the square of the template's length.
 */
export function inspect(pieces: readonly Piece[], variables: ReadonlySet<string>): ReadonlySet<string> {
  const read = new Map<string, unknown>();
  const locals = new Set<string>();
  const seen = new Set<object>();
  const waiting: object[] = [...pieces];
  for (let value = waiting.pop(); value; value = waiting.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    checkRange(value as Parsed);
    addLocals(value, locals);
    const root = kindOf(value) === TokenKind.PropertyAccess ? rootOf(value as Parsed) : undefined;
    if (root !== undefined) read.set(root, value);
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === "object" && member !== null && !ASIDE.has(name)) waiting.push(member as object);
    }
  }
  for (const [name, token] of read) {
    if (!variables.has(name) && !locals.has(name)) throw faultAt(token, `there is no variable ${name}`);
  }
  return new Set([...read.keys()].filter((name) => variables.has(name)));
}
