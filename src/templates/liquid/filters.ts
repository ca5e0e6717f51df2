import { type FilterImplOptions, filters as standard } from "liquidjs";
import { type Budget, Refused } from "./budget.js";
import { formatDate, toMs } from "./dates.js";
import { Encoded, type Encoding } from "./values.js";

type Handler = Extract<FilterImplOptions, (...args: never[]) => unknown>;
type This = ThisParameterType<Handler>;

/**
 * Of liquidjs's own filters those that give the same every time, cannot run text as template code, and make no lists
 * that their cost does not show in. None takes a key: a template is shown to whoever may see the endpoint, and what is
 * signed is the transport's (`hmac`).
 */
const STANDARD = [
  ..."abs at_least at_most ceil divided_by floor minus modulo plus round times to_integer".split(" "),
  ..."append capitalize downcase lstrip normalize_whitespace prepend remove remove_first remove_last".split(" "),
  ..."replace replace_first replace_last rstrip slice slugify split squish strip strip_html strip_newlines".split(" "),
  ..."truncate truncatewords upcase base64_encode base64_decode sha256 default".split(" "),
  ..."compact concat first join last pop push reverse shift size sort_natural sort uniq unshift".split(" "),
  ..."find find_index has map reject sum where".split(" "),
];

/** They read their first argument as a path, in which a range without end could stand. */
const BY_PATH: ReadonlySet<string> = new Set("find find_index has map reject sort sort_natural sum where".split(" "));

export function budgetOf({ context }: This): Budget {
  return context.memoryLimit as unknown as Budget;
}

const isSteps = (value: unknown): value is Generator<unknown, unknown> =>
  typeof value === "object" && value !== null && typeof (value as Partial<Generator>).next === "function";

/** A filter that pays for what it is given and for what it makes. */
function paying(name: string, handler: Handler): Handler {
  return function (this: This, value: unknown, ...args: unknown[]): unknown {
    const budget = budgetOf(this);
    budget.step();
    budget.charge(value);
    budget.charge(args);
    if (BY_PATH.has(name) && args.length > 0 && !/^[^()[\]]{1,200}$/.test(String(args[0]))) {
      throw new Refused("render", `the filter ${name} takes the name of a member`);
    }
    const made: unknown = handler.call(this, value, ...args);
    if (!isSteps(made)) {
      budget.charge(made);
      return made;
    }
    return (function* () {
      const result = yield* made;
      budget.charge(result);
      return result;
    })();
  };
}

function date(this: This, value: unknown, pattern?: unknown, zone?: unknown): unknown {
  if (value === null || value === undefined || value === "") return value;
  const { now, timeZone } = budgetOf(this);
  const inZone = zone === undefined ? timeZone : String(zone);
  const ms = toMs(value, now, inZone);
  if (ms === null) return value;
  return formatDate(ms, pattern === undefined ? undefined : String(pattern), inZone);
}

const encoding = (name: Encoding) => (value: unknown) => new Encoded(name, value);

/** Every filter that there is, by name. */
export function filtersOf(): ReadonlyMap<string, Handler> {
  const known = standard as Readonly<Record<string, FilterImplOptions>>;
  const all = new Map<string, Handler>();
  for (const name of STANDARD) {
    const handler = known[name];
    if (typeof handler !== "function") throw new Error(`liquidjs has no filter ${name}`);
    all.set(name, paying(name, handler));
  }
  all.set("date", paying("date", date));
  all.set("json", encoding("json"));
  all.set("xml", encoding("xml"));
  all.set("escape", encoding("xml"));
  all.set("csv", encoding("csv"));
  all.set("url", encoding("url"));
  all.set("url_encode", encoding("url"));
  all.set("raw", encoding("raw"));
  return all;
}
