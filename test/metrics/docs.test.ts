import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createMetrics } from "../../src/metrics/metrics.js";
import { transports } from "../../src/transports/index.js";
import { manualClock } from "../support/clock.js";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const { families } = createMetrics({ clock: manualClock(), version: "0.0.0", transports: Object.keys(transports) });
const types = new Map(families.map(({ name, type }) => [name, type]));

/** The metrics that an expression asks for, and are not there. */
function strange(expression: string): string[] {
  const names = expression.match(/\b(?:waybell|process|nodejs)_\w+/g) ?? [];
  return names.filter((name) => {
    const histogram = /^(.+)_(?:bucket|sum|count)$/.exec(name)?.[1] ?? "";
    return types.has(name) ? types.get(name) === "histogram" : types.get(histogram) !== "histogram";
  });
}

describe("what is written of the metrics", () => {
  it("is a table of all of them, with their types", () => {
    const rows = [...readFileSync("docs/metrics.md", "utf8").matchAll(/^\| `(\w+)` \| (\w+)/gm)];
    const written = rows.map(([, name, type]) => [name, type]);
    expect(written.sort()).toEqual([...types].sort());
  });

  it("asks in no panel of the dashboard for a metric that is not there", () => {
    const dashboard = JSON.parse(readFileSync("docs/grafana-dashboard.json", "utf8")) as {
      panels: { title: string; description: string; targets: { expr: string }[] }[];
    };
    expect(dashboard.panels.length).toBeGreaterThan(10);
    for (const { title, description, targets } of dashboard.panels) {
      expect(description, title).not.toBe("");
      for (const { expr } of targets) {
        expect(strange(expr), title).toEqual([]);
        expect(expr).toMatch(/waybell_|process_|nodejs_/);
      }
    }
  });

  it("alerts by metrics that are there, and says each time what has happened and what to do", () => {
    const { groups } = parse(readFileSync("docs/prometheus-alerts.yml", "utf8")) as { groups: { rules: Rule[] }[] };
    const rules = groups.flatMap((group) => group.rules);
    for (const health of ["waybell_database_up", "waybell_queue_up", "waybell_last_sweep_timestamp_seconds"]) {
      expect(
        rules.some(({ expr }) => expr.includes(health)),
        health,
      ).toBe(true);
    }
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, expr, labels, annotations } of rules) {
      expect(strange(expr), alert).toEqual([]);
      expect(["critical", "warning"], alert).toContain(labels.severity);
      expect(annotations.summary, alert).toMatch(/^[A-Z"{].{20,}\.$/);
      expect(annotations.description, alert).toMatch(/^[A-Z'].{40,}\.$/);
    }
  });
});
