/** What tells the series of one metric apart; only values from short lists that are known beforehand. */
export type Labels = Readonly<Record<string, string>>;

/** One series that only grows: `value += n` is all that it costs on the road. */
export interface Counter {
  value: number;
}

export interface Histogram {
  observe(value: number): void;
}

/** A value that is looked up when somebody asks. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** What a scraper is told of a metric beside its values. */
export interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
}

interface Family<Seen> extends Described {
  lines(seen: Seen): string[];
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

const number = (value: number): string => (value === Number.POSITIVE_INFINITY ? "+Inf" : String(value));

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${number(value)}`;
}

class Buckets implements Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at++;
    (this.#counts[at] as number) += 1;
    this.#sum += value;
  }

  lines(name: string, labels: Labels): string[] {
    let below = 0;
    const buckets = this.#counts.map((count, at) => {
      below += count;
      return line(`${name}_bucket`, { ...labels, le: number(this.#bounds[at] ?? Number.POSITIVE_INFINITY) }, below);
    });
    return [...buckets, line(`${name}_sum`, labels, this.#sum), line(`${name}_count`, labels, below)];
  }
}

/**
 * Metrics in Prometheus's text format. Every series of a counter or histogram is declared at the start and shown from
 * then on, also at 0: a rate over a series that has just appeared would miss its first count.
 */
export class Exposition<Seen> {
  readonly #families: Family<Seen>[] = [];

  /** Families in the order in which they are shown. */
  get families(): readonly Described[] {
    return this.#families;
  }

  /** One counter for each of the label sets, in their order. */
  counters(name: string, help: string, sets: readonly Labels[]): Counter[] {
    const series = sets.map((labels) => ({ labels, counter: { value: 0 } }));
    const lines = () => series.map(({ labels, counter }) => line(name, labels, counter.value));
    this.#families.push({ name, help, type: "counter", lines });
    return series.map(({ counter }) => counter);
  }

  counter(name: string, help: string): Counter {
    const [counter] = this.counters(name, help, [{}]);
    return counter as Counter;
  }

  histograms(name: string, help: string, bounds: readonly number[], sets: readonly Labels[]): Histogram[] {
    const series = sets.map((labels) => ({ labels, buckets: new Buckets(bounds) }));
    const lines = () => series.flatMap(({ labels, buckets }) => buckets.lines(name, labels));
    this.#families.push({ name, help, type: "histogram", lines });
    return series.map(({ buckets }) => buckets);
  }

  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const [histogram] = this.histograms(name, help, bounds, [{}]);
    return histogram as Histogram;
  }

  /** Looked up at each scrape; without samples, or with null, it is left out: an old value would be believed. */
  asked(
    name: string,
    help: string,
    type: "counter" | "gauge",
    look: (seen: Seen) => readonly Sample[] | number | null,
  ): void {
    const lines = (seen: Seen) => {
      const found = look(seen);
      const samples = typeof found === "number" ? [{ value: found }] : (found ?? []);
      return samples.map(({ labels = {}, value }: Sample) => line(name, labels, value));
    };
    this.#families.push({ name, help, type, lines });
  }

  text(seen: Seen): string {
    const families = this.#families.map(({ name, help, type, lines }) => {
      const found = lines(seen);
      if (found.length === 0) return "";
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${found.join("\n")}\n`;
    });
    return families.join("");
  }
}
