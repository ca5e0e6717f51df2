interface Family {
  readonly head: string[];
  readonly samples: string[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (.+)$/;

/** The sample with the process that it is of as its first label. */
function labelled(line: string, name: string): string {
  const [, metric = line, labels = "", value = ""] = SAMPLE.exec(line) ?? [];
  return `${metric}{process="${name}"${labels === "" ? "" : `,${labels}`}} ${value}`;
}

/**
 * Puts the metrics of several processes together, in Prometheus's text format: each family once, each sample with the
 * name of its process (1, 2, …); one that takes the place of another has its name.
 */
export function metricsTogether(texts: ReadonlyMap<string, string>): string {
  const families = new Map<string, Family>();
  for (const [name, text] of texts) {
    let family: Family | undefined;
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const [, kind, metric = ""] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (kind === undefined) family?.samples.push(labelled(line, name));
      else {
        family = families.get(metric) ?? { head: [], samples: [] };
        families.set(metric, family);
        if (!family.head.includes(line)) family.head.push(line);
      }
    }
  }
  return [...families.values()].flatMap(({ head, samples }) => [...head, ...samples, ""]).join("\n");
}
