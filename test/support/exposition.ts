/** One metric as a scraper reads it. */
export interface ReadFamily {
  readonly type: string;
  readonly help: string;
  /** By the series, labels in the order of their names: `name{a="1",b="2"}`. */
  readonly samples: Map<string, number>;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/;
const VALUE = /^(?:[+-]Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

function labelsOf(text: string): Map<string, string> {
  const labels = new Map<string, string>();
  for (let rest = text; rest !== ""; ) {
    const found = LABEL.exec(rest);
    if (!found) throw new Error(`not labels: ${rest}`);
    const [all, name = "", value = ""] = found;
    if (labels.has(name)) throw new Error(`label twice: ${text}`);
    labels.set(name, value);
    rest = rest.slice(all.length);
  }
  return labels;
}

const numberOf = (text: string): number => Number(text.replace("Inf", "Infinity"));

const seriesOf = (name: string, labels: ReadonlyMap<string, string>): string => {
  const pairs = [...labels].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}="${value}"`);
  return pairs.length > 0 ? `${name}{${pairs.join(",")}}` : name;
};

function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const ladders = new Map<string, [le: number, count: number][]>();
  for (const [series, value] of samples) {
    const [, base = "", text = ""] = SAMPLE.exec(`${series} 0`) ?? [];
    if (base !== `${name}_bucket`) continue;
    const labels = labelsOf(text);
    const le = labels.get("le");
    if (le === undefined) throw new Error(`bucket without le: ${series}`);
    labels.delete("le");
    const rest = seriesOf("", labels);
    ladders.set(rest, [...(ladders.get(rest) ?? []), [numberOf(le), value]]);
  }
  if (ladders.size === 0) throw new Error(`histogram without buckets: ${name}`);
  for (const [rest, ladder] of ladders) {
    const rises = ladder.every(([le, count], at) => {
      const [before = Number.NEGATIVE_INFINITY, least = 0] = ladder[at - 1] ?? [];
      return le > before && count >= least;
    });
    const [last, most] = ladder.at(-1) ?? [];
    if (!rises || last !== Number.POSITIVE_INFINITY) throw new Error(`buckets of ${name}${rest} do not rise to +Inf`);
    if (samples.get(`${name}_count${rest}`) !== most) throw new Error(`${name}_count${rest} is not its last bucket`);
    if (!samples.has(`${name}_sum${rest}`)) throw new Error(`${name}_sum${rest} is missing`);
  }
}

/** Reads Prometheus's text format (0.0.4), stricter than Prometheus does; throws what is wrong with it. */
export function readExposition(text: string): Map<string, ReadFamily> {
  if (!text.endsWith("\n")) throw new Error("does not end with a line feed");
  const families = new Map<string, ReadFamily>();
  let help: [name: string, text: string] | undefined;
  let current: [name: string, family: ReadFamily] | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === "HELP") {
      if (families.has(name) || !NAME.test(name)) throw new Error(`bad or second HELP: ${line}`);
      help = [name, rest];
    } else if (keyword === "TYPE") {
      if (help?.[0] !== name || !["counter", "gauge", "histogram"].includes(rest)) throw new Error(`bad: ${line}`);
      if ((rest === "counter") !== name.endsWith("_total")) throw new Error(`only counters end in _total: ${name}`);
      current = [name, { type: rest, help: help[1], samples: new Map() }];
      families.set(...current);
    } else {
      const [, series = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
      if (!current || !VALUE.test(value)) throw new Error(`not a sample: ${line}`);
      const [family, { type, samples }] = current;
      const names = type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => family + end) : [family];
      const key = seriesOf(series, labelsOf(labels));
      if (!names.includes(series) || samples.has(key)) throw new Error(`strange or second series: ${line}`);
      if (type !== "gauge" && !(numberOf(value) >= 0)) throw new Error(`negative: ${line}`);
      samples.set(key, numberOf(value));
    }
  }
  for (const [name, { type, samples }] of families) {
    if (samples.size === 0) throw new Error(`no samples: ${name}`);
    if (type === "histogram") checkHistogram(name, samples);
  }
  return families;
}
