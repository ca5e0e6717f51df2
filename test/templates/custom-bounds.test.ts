import { afterEach, describe, expect, it, vi } from "vitest";
import { RenderError } from "../../src/errors.js";
import { custom } from "../../src/templates/custom.js";
import type { Format } from "../../src/templates/template.js";
import { eventOf } from "./support.js";

// Of the processor: twice the bound, as what takes too long is tried again, and as much for a slow one.
const MOST_MS = 1_500;
const MOST_BYTES = 100 * 1024 * 1024;

const loop = (body: string, times = 99_999) => `{% for i in (1..${times}) %}${body}{% endfor %}`;
const doubling = (first: string, step: string) =>
  `{% assign x = ${first} %}${loop(`{% assign x = x | ${step} %}`, 60)}`;

afterEach(() => {
  vi.restoreAllMocks();
});

function failure(body: string, format: Format = "text"): RenderError {
  const event = eventOf({ comment: "a word ".repeat(9_000) });
  const context = { target: "http", timeZone: "UTC", now: 0, id: "dlv_1", history: [], details: {} } as const;
  try {
    custom.render([event], { format, body }, { format, ...context });
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
  throw new Error("it came to an end");
}

describe("a template", () => {
  it.each([
    ["a loop in a loop that holds nothing", loop(loop("", 1_000)), "template_steps", 1, 26],
    ["a loop in a loop in a loop", loop(`\n${loop(loop("{{ i }}", 10), 100)}`), "template_steps", 2, 46],
    [
      "one piece that takes long",
      loop(`{% if ${"i == 0 or ".repeat(5_000)} i == 1 %}{% endif %}`),
      "template_steps",
      1,
      26,
    ],
    [
      "many branches of one piece",
      loop(`{% if i == 0 %}${"{% elsif i == 0 %}".repeat(3_000)}{% endif %}`),
      "template_steps",
      1,
      26,
    ],
    [
      "many cases of one piece",
      loop(`{% case i %}${"{% when 0, 0, 0, 0 %}".repeat(2_500)}{% endcase %}`),
      "template_steps",
      1,
      26,
    ],
    ["filters without number", loop(`{{ i ${"| plus: 1".repeat(5_000)} }}`), "template_steps", 1, 26],
    ["a text that doubles by append", `${doubling("'abc'", "append: x")}{{ x }}`, "template_memory", 1, 45],
    [
      "a text that doubles by capture",
      `${loop("{% capture x %}{{ x }}{{ x }}ab{% endcapture %}", 60)}`,
      "template_memory",
      1,
      45,
    ],
    ["a text that doubles by replace", `${doubling("'aaaa'", "replace: 'a', x")}`, "template_memory", 1, 46],
    ["a text that doubles by escapes", `${doubling("'\"'", "json | append: ''")}`, "template_memory", 1, 43],
    ["a list that doubles", `${doubling("'a' | split: ','", "concat: x")}`, "template_memory", 1, 56],
    ["a list that holds itself twice", `${doubling("'a' | split: ','", "push: x")}{{ x }}`, "template_memory", 1, 56],
    [
      "an empty list that holds itself",
      `${doubling("'' | split: ','", "push: x")}{% if x == x %}{% endif %}`,
      "template_memory",
      1,
      55,
    ],
    ["a result without end", loop("{{ comment }}"), "template_size", 1, 26],
    ["its own text without end", loop("x".repeat(60_000)), "template_size", 1, 26],
    ["filters on long texts", loop("{{ comment | slugify | size }}"), "template_memory", 1, 26],
    [
      "sorting without end",
      `{% assign w = comment | split: '' %}${loop("{% assign y = w | sort %}")}`,
      "template_memory",
      1,
      62,
    ],
  ])("is ended: %s", (_what, body, code, line, column) => {
    const before = process.memoryUsage().heapUsed;
    const start = process.cpuUsage();
    const error = failure(body);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(MOST_MS);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(MOST_BYTES);
    // On a slow processor what takes many steps may take too long before.
    const codes = code === "template_steps" ? [code, "template_time"] : [code];
    expect(codes).toContain(error.code);
    if (error.code !== code) return;
    expect(error.message).toContain(`The template fails at line ${line}, column ${column}: `);
    expect(error.message).toMatch(code === "template_steps" ? /end\?$/ : /[a-z\d]\.$|MiB\.$/i);
  });

  it.each([
    ["(1..100000000)", 1, 13],
    ["(9007199254740992..9007199254740996)", 1, 13],
    ["(1..order)", 1, 13],
    ["(now..9)", 1, 13],
    ["(1..1e9)", 1, 13],
  ])("cannot go through the range %s", (range, line, column) => {
    const body = `{% for i in ${range} %}x{% endfor %}`;
    const [fault] = custom.validate?.({ format: "text", body }) ?? [];
    expect(fault?.path).toBe("/body");
    expect(fault?.message).toMatch(new RegExp(`^line ${line}, column ${column}: a range has whole numbers`));
    expect(failure(body).code).toBe("template_syntax");
  });

  it.each([
    "{{ x[(1..100000000)] }}",
    "{% assign y = (1..100000000) | size %}",
    "{% if order == (1..100000000) %}{% endif %}",
    "{% case order %}{% when (1..100000000) %}{% endcase %}",
    "{{ order | default: (1..100000000) }}",
    "{% for i in pictures limit: (1..100000000) %}{% endfor %}",
    "{% liquid\n echo (1..100000000) \n %}",
    "{% if order %}{% unless order %}{{ (1..100000000) | join }}{% endunless %}{% endif %}",
  ])("hides no range: %s", (body) => {
    const [fault] = custom.validate?.({ format: "text", body: `{% assign x = order %}${body}` }) ?? [];
    expect(fault?.message).toContain("a range has whole numbers");
  });

  it("runs no text as a path with a range in it", () => {
    const path = "a[(9007199254740992..9007199254740996)]";
    for (const filter of ["where", "map", "sum", "sort", "find", "has", "reject", "find_index", "sort_natural"]) {
      expect(failure(`{{ descriptions | ${filter}: "${path}" }}`).message).toContain("takes the name of a member");
    }
  });

  it("is not too slow on a machine that stands still in the middle of it", () => {
    let at = performance.now();
    // Each look at the clock finds a second gone, and the processor has done next to nothing.
    vi.spyOn(performance, "now").mockImplementation(() => {
      at += 1_000;
      return at;
    });
    const context = {
      format: "text",
      target: "http",
      timeZone: "UTC",
      now: 0,
      id: "dlv_1",
      history: [],
      details: {},
    } as const;
    const options = { format: "text", body: loop("{{ i }}", 100) };
    expect(String(custom.render([eventOf()], options, context).body)).toMatch(/^123.*99100$/);
  });

  it("goes through what an order can have: a thousand packages", () => {
    const packages = Array.from({ length: 1_000 }, (_, at) => ({ id: String(at), barcode: "x".repeat(200) }));
    const body =
      '[{% for p in details.packages %}{% unless forloop.first %},{% endunless %}{"id": {{ p.id }}, "b": {{ p.barcode | upcase }}}{% endfor %}]';
    const context = { format: "json", target: "http", timeZone: "UTC", now: 0, id: "dlv_1", history: [] } as const;
    const { body: made } = custom.render([eventOf()], { format: "json", body }, { ...context, details: { packages } });
    expect(JSON.parse(String(made))).toHaveLength(1_000);
  });
});
