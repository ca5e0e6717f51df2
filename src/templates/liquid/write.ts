import { TokenKind } from "liquidjs";
import type { Segment } from "../segments.js";
import type { Format } from "../template.js";
import { Budget, TemplateFault } from "./budget.js";
import { type Compiled, run } from "./engine.js";
import { type Origin, Page } from "./page.js";
import { type DocumentFault, xmlFault } from "./well-formed.js";
import { documentOf, type Style } from "./writers.js";

/** What a template is written with. */
export interface Setting {
  readonly format: Format;
  readonly style: Style;
  readonly now: number;
  readonly timeZone: string;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

function placeIn(text: string, at: number): Place {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}

function jsonFault(text: string): DocumentFault | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const full = (error as Error).message;
    const at = /at position (\d+)/.exec(full)?.[1];
    const message = full.replace(/ (?:in JSON )?at position.*$/s, "").replace(/, "?\.{3}.*$/s, "");
    return { at: at === undefined ? text.length : Number(at), message };
  }
}

/** Where in the template the text began, or the very place within a text of its own. */
function templatePlace({ source }: Compiled, { token, start }: Origin, at: number): Place {
  if (typeof token !== "object" || token === null) return { line: 1, column: 1 };
  const { begin = 0, end = 0, trimLeft = 0, kind } = token as Partial<Record<string, number>>;
  const own = kind === TokenKind.HTML ? Math.min(begin + trimLeft + at - start, end) : begin;
  return placeIn(source, own);
}

function checkDocument(compiled: Compiled, page: Page, format: Format): void {
  if (format !== "json" && format !== "xml") return;
  const text = page.checked();
  const fault = format === "json" ? jsonFault(text) : xmlFault(text);
  if (!fault) return;
  const inResult = placeIn(text, fault.at);
  const { line, column } = templatePlace(compiled, page.originOf(fault.at), fault.at);
  const result = `the result is no ${format.toUpperCase()} at its line ${inResult.line}, column ${inResult.column}`;
  throw new TemplateFault("render", `${result}: ${fault.message}`, line, column);
}

function writeOnce(compiled: Compiled, scope: object, { format, style, now, timeZone }: Setting): Segment[] {
  const budget = new Budget(now, timeZone);
  const page = new Page(budget);
  run(compiled, scope, documentOf(format, page, style), page, budget);
  checkDocument(compiled, page, format);
  return page.segments();
}

/**
 * The document of a template, checked. Throws TemplateFault; for its time only at the second try, which tells a template
 * that takes too long from a machine that stood still for a moment.
 */
export function write(compiled: Compiled, scope: object, setting: Setting): Segment[] {
  try {
    return writeOnce(compiled, scope, setting);
  } catch (error) {
    if (!(error instanceof TemplateFault) || error.code !== "time") throw error;
    return writeOnce(compiled, scope, setting);
  }
}
