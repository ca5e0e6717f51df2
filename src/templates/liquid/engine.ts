import { Context, type Emitter, Liquid, LiquidError, type Template as Piece, TokenKind, toValueSync } from "liquidjs";
import { type Budget, Refused, TemplateFault } from "./budget.js";
import { filtersOf } from "./filters.js";
import { inspect } from "./inspect.js";
import type { Document, Page } from "./page.js";
import { Shown, toText } from "./values.js";

/** Characters of a template, and of a file name's pattern. */
export const MAX_SOURCE = 64 * 1024;
export const MAX_PATTERN = 1000;

/** The tags that there are; those that read files, or that make a text of their own beside the outputs, are not. */
export const TAGS = "assign break capture case comment continue echo for if liquid raw unless #".split(" ");

/** A template that was parsed. */
export interface Compiled {
  readonly source: string;
  readonly pieces: readonly Piece[];
  /** The variables of ours that it reads. */
  readonly uses: ReadonlySet<string>;
}

/** A capture: text that is escaped when it is written out, not before. */
class Captured implements Emitter {
  buffer = "";
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  write(piece: unknown): void {
    const text = toText(piece instanceof Shown ? piece.value : piece);
    this.#budget.use(text.length);
    this.buffer += text;
  }
}

/** Hands the template's own text and its outputs to the document apart. */
class Written implements Emitter {
  readonly buffer = "";
  readonly #document: Document;
  readonly #page: Page;

  constructor(document: Document, page: Page) {
    this.#document = document;
    this.#page = page;
  }

  from(piece: Piece): void {
    this.#page.from(piece.token);
  }

  write(piece: unknown): void {
    if (piece instanceof Shown) this.#document.value(piece.value);
    else this.#document.literal(String(piece));
  }
}

/** The fault at its innermost piece, whichever library or part of ours found it. */
function located(error: unknown, { token }: Piece): TemplateFault {
  if (error instanceof TemplateFault) return error;
  const [line = 1, column = 1] = token.getPosition();
  const { cause, message } = unwrapped(error);
  const code = cause instanceof Refused ? cause.code : "render";
  return new TemplateFault(code, message, line, column, error);
}

function unwrapped(error: unknown): { cause: unknown; message: string } {
  const inner = LiquidError.is(error) ? (error as { originalError?: unknown }).originalError : undefined;
  const cause = inner ?? error;
  const message = cause instanceof Error ? cause.message : String(cause);
  return { cause, message: message.replace(/(?:, line:\d+, col:\d+)+$/, "") };
}

/** Characters of a tag or output that are run as one step, and parts of a condition. Common ones count no more than one. */
const STEP_CHARACTERS = 32;
const STEP_PARTS = 4;
const costs = new WeakMap<Piece, number>();

interface Branches {
  /** Of `if` and `unless`, each with its condition; `case` has values. */
  readonly branches?: readonly { readonly value?: unknown; readonly values?: readonly unknown[] }[];
}

/** The conditions of a piece are evaluated one by one however many there are: each counts, so that it ends by counting. */
function costOf(piece: Piece): number {
  const known = costs.get(piece);
  if (known !== undefined) return known;
  const { begin, end, kind } = piece.token;
  let parts = 0;
  for (const { value, values = [] } of (piece as Branches).branches ?? []) {
    const { postfix = [] } = (value as { initial?: { postfix?: readonly unknown[] } } | undefined)?.initial ?? {};
    parts += postfix.length + values.length;
  }
  const characters = kind === TokenKind.HTML ? 0 : end - begin;
  const cost = 1 + Math.floor(characters / STEP_CHARACTERS) + Math.floor(parts / STEP_PARTS);
  costs.set(piece, cost);
  return cost;
}

/** In place of liquidjs's own, which counts neither what it writes nor the time of loops that hold nothing. */
function* renderPieces(pieces: readonly Piece[], context: Context, given?: Emitter): IterableIterator<unknown> {
  const budget = context.memoryLimit as unknown as Budget;
  const emitter = given ?? new Captured(budget);
  budget.step();
  for (const piece of pieces) {
    try {
      budget.step(costOf(piece));
      if (emitter instanceof Written) emitter.from(piece);
      const text: unknown = yield piece.render(context, emitter);
      if (text) emitter.write(text);
    } catch (error) {
      throw located(error, piece);
    }
    if (context.breakCalled || context.continueCalled) break;
  }
  return emitter.buffer;
}

function createEngine(): Liquid {
  const engine = new Liquid({
    // No files: the tags that read them are taken away as well.
    templates: {},
    strictFilters: true,
    ownPropertyOnly: true,
    parseLimit: MAX_SOURCE,
    locale: "en",
    // What it gives goes to our own emitters only, which know where it stands.
    outputEscape: ((value: unknown) => new Shown(value)) as unknown as (value: unknown) => string,
  });
  for (const name of Object.keys(engine.tags)) if (!TAGS.includes(name)) delete engine.tags[name];
  for (const name of Object.keys(engine.filters)) delete engine.filters[name];
  for (const [name, filter] of filtersOf()) engine.registerFilter(name, filter);
  engine.renderer.renderTemplates = renderPieces as typeof engine.renderer.renderTemplates;
  return engine;
}

const engine = createEngine();

function parseFault(error: unknown): TemplateFault {
  if (error instanceof TemplateFault) return error;
  const full = error instanceof Error ? error.message : String(error);
  // Each layer of liquidjs adds a place; the first one is the innermost.
  const [, line = "1", column = "1"] = /, line:(\d+), col:(\d+)/.exec(full) ?? [];
  const { cause, message } = unwrapped(error);
  const text =
    cause instanceof RangeError
      ? "it is nested too deeply"
      : message.replace(/^undefined filter: /, "there is no filter ");
  return new TemplateFault("syntax", text, Number(line), Number(column), error);
}

/** Parses a template. Throws TemplateFault, also for variables that there are none of. */
export function compile(source: string, variables: ReadonlySet<string>): Compiled {
  try {
    const pieces = engine.parse(source);
    return { source, pieces, uses: inspect(pieces, variables) };
  } catch (error) {
    throw parseFault(error);
  }
}

/** Writes a template's document. Throws TemplateFault. */
export function run({ pieces }: Compiled, scope: object, document: Document, page: Page, budget: Budget): void {
  const limit = budget as unknown as Context["memoryLimit"];
  const context = new Context(
    scope,
    engine.options,
    { sync: true },
    { memoryLimit: limit, renderLimit: limit, liquid: engine },
  );
  toValueSync(renderPieces(pieces, context, new Written(document, page)));
  try {
    document.end();
  } catch (error) {
    const last = pieces.at(-1);
    throw last ? located(error, last) : error;
  }
}
