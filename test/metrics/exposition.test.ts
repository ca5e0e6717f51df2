import { describe, expect, it } from "vitest";
import { Exposition } from "../../src/metrics/exposition.js";
import { readExposition } from "../support/exposition.js";

describe("the text of metrics", () => {
  it("shows counters from the start, at 0", () => {
    const shown = new Exposition<null>();
    const [first] = shown.counters("a_total", "A.", [{ kind: "x" }, { kind: "y" }]);
    expect(shown.text(null)).toBe(
      '# HELP a_total A.\n# TYPE a_total counter\na_total{kind="x"} 0\na_total{kind="y"} 0\n',
    );
    if (first) first.value += 3;
    expect(readExposition(shown.text(null)).get("a_total")?.samples.get('a_total{kind="x"}')).toBe(3);
  });

  it("adds the buckets of a histogram up, the bound itself included", () => {
    const shown = new Exposition<null>();
    const histogram = shown.histogram("h", "H.", [1, 2]);
    for (const value of [0.5, 1, 1.5, 9]) histogram.observe(value);
    const found = readExposition(shown.text(null)).get("h")?.samples;
    expect(Object.fromEntries(found ?? [])).toEqual({
      'h_bucket{le="1"}': 2,
      'h_bucket{le="2"}': 3,
      'h_bucket{le="+Inf"}': 4,
      h_sum: 12,
      h_count: 4,
    });
  });

  it("escapes label values, and leaves out what nobody could find out", () => {
    const shown = new Exposition<number | null>();
    shown.asked("g", "G.", "gauge", (seen) => seen);
    shown.asked("b", "B.", "gauge", () => [{ labels: { text: 'a"b\\c\nd' }, value: 1 }]);
    const text = shown.text(null);
    expect(text).toBe('# HELP b B.\n# TYPE b gauge\nb{text="a\\"b\\\\c\\nd"} 1\n');
    expect([...readExposition(text).keys()]).toEqual(["b"]);
    expect([...readExposition(shown.text(0)).keys()]).toEqual(["g", "b"]);
  });
});
