import { expect, it } from "vitest";
import { metricsTogether } from "../../src/metrics/together.js";

it("puts each family once, with the samples of all processes", () => {
  const text = (up: number) =>
    `# HELP a_total How many.\n# TYPE a_total counter\na_total{kind="x",of="}"} ${up}\na_total{kind="y"} 2\n\n# HELP b B.\n# TYPE b gauge\nb 1.5\n`;
  expect(
    metricsTogether(
      new Map([
        ["1", text(7)],
        ["3", text(8)],
      ]),
    ),
  ).toBe(
    [
      "# HELP a_total How many.",
      "# TYPE a_total counter",
      'a_total{process="1",kind="x",of="}"} 7',
      'a_total{process="1",kind="y"} 2',
      'a_total{process="3",kind="x",of="}"} 8',
      'a_total{process="3",kind="y"} 2',
      "",
      "# HELP b B.",
      "# TYPE b gauge",
      'b{process="1"} 1.5',
      'b{process="3"} 1.5',
      "",
    ].join("\n"),
  );
});
