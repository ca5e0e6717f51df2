import fc from "fast-check";
import { RenderError } from "../../src/errors.js";
import { custom } from "../../src/templates/custom.js";
import type { Format } from "../../src/templates/template.js";
import type { StatusEvent } from "../../src/types.js";
import { contextOf } from "../templates/support.js";
import { payloadFault } from "./documents.js";
import { anyEvent } from "./events.js";
import { fuzzTarget } from "./fuzz.js";
import { anyText } from "./texts.js";

interface Written {
  readonly format: Format;
  readonly body: string;
  readonly fileName: string | undefined;
  readonly event: StatusEvent;
}

/** Far beyond what a rendering may take, with both of its tries: what takes longer would hold the whole service. */
const MOST_MS = 3_000;
/** What no template may get hold of; it stands in the environment of the process that renders. */
const PLANTED = "planted-secret-of-the-process";

const NAMES = [
  ..."order comment statusTime descriptions descriptions.nl pictures pictures[0] documents history history[0].order".split(
    " ",
  ),
  ..."details details.packages location.text reason signatures signatures[0].image webhookId now mapped.code x y i".split(
    " ",
  ),
  ..."forloop.index __proto__ constructor order.constructor descriptions.constructor.prototype process global this".split(
    " ",
  ),
  ..."process.env require order.length pictures.first.open history.size nosuch true nil empty blank".split(" "),
  ...["'text'", '"x"', "1", "-0.5", "(1..3)", "(1..order)", "order['__proto__']", "descriptions[order]", "''"],
];
const FILTERS = [
  ..."append prepend replace remove split join upcase downcase size first last sort sort_natural uniq reverse map where".split(
    " ",
  ),
  ..."sum push concat slice truncate strip date json xml escape csv url raw default plus minus times divided_by modulo".split(
    " ",
  ),
  ..."round floor ceil abs at_least at_most compact slugify strip_html newline_to_br escape_once base64_encode nosuch".split(
    " ",
  ),
];
const name = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: anyText(15) });
const filter = fc
  .tuple(fc.constantFrom(...FILTERS), fc.array(name, { maxLength: 2 }))
  .map(([filterName, given]) => ` | ${filterName}${given.length > 0 ? `: ${given.join(", ")}` : ""}`);
const expression = fc
  .tuple(name, fc.array(filter, { maxLength: 3 }))
  .map(([first, filters]) => first + filters.join(""));
const condition = fc
  .array(fc.tuple(name, fc.constantFrom("==", "!=", "<", ">", "contains", "and", "or"), name), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.map((part) => part.join(" ")).join(" and "));

const { source } = fc.letrec<{ source: string; piece: string }>((tie) => ({
  source: fc.array(tie("piece"), { maxLength: 5, depthIdentifier: "liquid" }).map((pieces) => pieces.join("")),
  piece: fc.oneof(
    { depthIdentifier: "liquid", depthSize: "small", withCrossShrink: true },
    fc.constantFrom('{"a": ', "}", "[", "]", ",", '"', "<a>", "</a>", "<a b='", "'/>", "a=", "&", ";", "\n", "text"),
    expression.map((one) => `{{ ${one} }}`),
    anyText(20),
    fc.tuple(name, expression).map(([to, one]) => `{% assign ${to} = ${one} %}`),
    tie("source").map((inner) => `{% capture x %}${inner}{% endcapture %}`),
    fc
      .tuple(condition, tie("source"), tie("source"))
      .map(([when, yes, no]) => `{% if ${when} %}${yes}{% else %}${no}{% endif %}`),
    fc.tuple(name, tie("source")).map(([list, inner]) => `{% for i in ${list} %}${inner}{% endfor %}`),
    fc
      .tuple(fc.nat(200_000), tie("source"))
      .map(([times, inner]) => `{% for i in (1..${times}) %}${inner}{% endfor %}`),
    tie("source").map((inner) => `{% for i in (1..60) %}{% assign x = x | append: x %}${inner}{% endfor %}`),
    fc.constantFrom(
      "{% include 'x' %}",
      "{% render '/etc/passwd' %}",
      "{% raw %}{{ x }}{% endraw %}",
      "{% break %}",
      "{%",
      "{{",
    ),
    fc.tuple(name, tie("source")).map(([of, inner]) => `{% case ${of} %}{% when 'a', 1 %}${inner}{% endcase %}`),
  ),
}));

/** A template that makes what its format wants around what was made up. */
const whole = (format: Format): fc.Arbitrary<string> => {
  if (format === "json") return source.map((inner) => `{"a": "${inner}", "b": {{ comment }}}`);
  if (format === "xml") return source.map((inner) => `<a b="{{ order }}">${inner}</a>`);
  return source;
};

const written = fc.constantFrom<Format>("json", "xml", "csv", "form", "text", "query").chain((format) =>
  fc.record({
    format: fc.constant(format),
    body: fc.oneof(whole(format), source),
    fileName: fc.option(source, { nil: undefined }),
    event: anyEvent,
  }),
);

async function check({ format, body, fileName, event }: Written): Promise<void> {
  const options = {
    format,
    body: body.slice(0, 60_000) || " ",
    ...(fileName ? { fileName: fileName.slice(0, 1_000) } : {}),
  };
  const start = process.cpuUsage();
  custom.validate?.(options);
  const context = contextOf({ format, target: "file", history: [event], details: { packages: [{ id: "1" }] } });
  try {
    const { fault, text } = await payloadFault(custom.render([event], options, context));
    if (fault) throw new Error(`${fault}\n${text.slice(0, 2_000)}`);
    if (text.includes(PLANTED)) throw new Error("it got out of the template");
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    if (error.message.includes(PLANTED)) throw new Error("it got out of the template");
  }
  const { user, system } = process.cpuUsage(start);
  if ((user + system) / 1000 > MOST_MS) throw new Error(`it took ${(user + system) / 1000} ms`);
}

export const liquidTarget = fuzzTarget<Written>({
  name: "liquid",
  holds:
    "a customer's own template makes a sound document or is refused, in bounded time, and gets hold of nothing but its variables",
  lanes: 1,
  open() {
    process.env.WAYBELL_PLANTED = PLANTED;
    return {
      values: written,
      check,
      async close() {
        delete process.env.WAYBELL_PLANTED;
      },
    };
  },
});
