import { type ComponentChildren, Fragment, h, options, type VNode } from "preact";

const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";
/** What turns the direction of the text around it: embeddings, overrides and isolates. */
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;
/** Letters that are written from right to left, the marks that stand for one, and the controls. */
const TURNS =
  /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}]|[\u{1e800}-\u{1efff}]/u;

/** Attributes whose values people read or hear; all others, those of form fields above all, stay to the byte. */
const READ_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...["alt", "aria-description", "aria-label", "label", "placeholder", "title"],
  ...["data-confirm", "data-copied", "data-label"],
]);
/** Elements that hold text alone: a `bdi` has no place in them. */
const TEXT_ONLY: ReadonlySet<unknown> = new Set(["desc", "option", "text", "title", "tspan"]);
/** Elements that show bytes as they are, each line a paragraph of its own: what is in them turns nothing outside. */
const AS_IT_IS: ReadonlySet<unknown> = new Set(["pre", "script", "style", "textarea"]);

const shown = (control: string) => `[U+${control.charCodeAt(0).toString(16).toUpperCase()}]`;

/** Where isolates begin and end that are closed within the text. */
function pairsOf(text: string): ReadonlySet<number> {
  const pairs = new Set<number>();
  const open: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === FIRST_STRONG_ISOLATE) open.push(at);
    if (text[at] !== POP_ISOLATE) continue;
    const begin = open.pop();
    if (begin !== undefined) pairs.add(begin).add(at);
  }
  return pairs;
}

/** The text with its controls made visible, but for isolates that it closes itself: those reach no further than it. */
function tame(text: string): string {
  const pairs = pairsOf(text);
  return text.replace(CONTROLS, (control, at: number) => (pairs.has(at) ? control : shown(control)));
}

/** Whether something outside of the isolates of a tamed text can turn what stands around the text. */
function turnsOthers(tamed: string): boolean {
  let depth = 0;
  let outside = "";
  for (const char of tamed) {
    if (char === FIRST_STRONG_ISOLATE) depth++;
    else if (char === POP_ISOLATE) depth--;
    else if (depth === 0) outside += char;
  }
  return TURNS.test(outside);
}

/** Text of others for where it stands among other text without an element of its own: it turns nothing around it. */
export function isolated(text: string): string {
  if (!TURNS.test(text)) return text;
  const tamed = tame(text);
  return turnsOthers(tamed) ? FIRST_STRONG_ISOLATE + tamed + POP_ISOLATE : tamed;
}

/** The same in an element, which leaves nothing in what is copied out of the page. */
function isolatedPart(text: string): ComponentChildren {
  if (!TURNS.test(text)) return text;
  const tamed = tame(text);
  return turnsOthers(tamed) ? h("bdi", null, tamed) : tamed;
}

type Change = (text: string) => ComponentChildren;

function eachText(children: ComponentChildren, change: Change): ComponentChildren {
  if (typeof children === "string") return change(children);
  return Array.isArray(children) ? children.map((child) => eachText(child, change)) : children;
}

function changeFor(type: unknown): Change | null {
  if (AS_IT_IS.has(type)) return null;
  if (type === "bdi") return tame;
  return TEXT_ONLY.has(type) ? isolated : isolatedPart;
}

/** Isolates what stands in an element or fragment; components pass on what they are given. */
function isolateIn({ type, props }: VNode): void {
  if (typeof type !== "string" && type !== Fragment) return;
  const own = props as Record<string, unknown> & { children?: ComponentChildren };
  for (const name in own) {
    const value = own[name];
    if (typeof value === "string" && READ_ATTRIBUTES.has(name)) own[name] = isolated(value);
  }
  const change = changeFor(type);
  if (change && own.children !== undefined) own.children = eachText(own.children, change);
  // By HTML's rule a bdi takes its direction from the first letter, from within an isolate too: a sentence that begins with
  // a name would be written as the name is.
  const { children } = own;
  if (type === "bdi" && typeof children === "string" && children.includes(FIRST_STRONG_ISOLATE)) {
    if (!turnsOthers(children)) own.dir ??= "ltr";
  }
}

/**
 * From here on no text of a page turns the reading direction of what stands around it, whichever component writes it and
 * wherever it comes from: it is done where elements are made, as no component could forget it there.
 */
export function isolateEverything(): void {
  const before = options.vnode;
  options.vnode = (node) => {
    isolateIn(node);
    before?.(node);
  };
}
