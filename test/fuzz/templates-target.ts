import assert from "node:assert/strict";
import fc from "fast-check";
import { RenderError } from "../../src/errors.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { templates } from "../../src/templates/index.js";
import type { Format, Payload } from "../../src/templates/template.js";
import { formatLocal } from "../../src/time.js";
import type { OrderDetails, StatusEvent } from "../../src/types.js";
import { contextOf, membersOf, parseXml, xmlPart } from "../templates/support.js";
import { payloadFault } from "./documents.js";
import { anyDetails, anyEvent } from "./events.js";
import { fuzzTarget } from "./fuzz.js";
import { type Schema, valuesOf } from "./schema-values.js";
import { anyJson } from "./texts.js";

interface Rendered {
  readonly template: string;
  readonly options: unknown;
  readonly format: Format;
  readonly target: "http" | "file";
  readonly timeZone: string;
  readonly events: readonly StatusEvent[];
  readonly earlier: readonly StatusEvent[];
  readonly details: OrderDetails;
}

const SOUND: Readonly<Record<string, readonly object[]>> = {
  ontime: [{}],
  trackingmore: [{ email: "it@acme.example" }],
  custom: [
    { format: "json", body: '{"a": {{ comment }}, "b": "x{{ order }}y", {{ reference }}: [{{ statusTime }}]}' },
    { format: "xml", body: "<a b=\"{{ order }}\" c='{{ reference }}'>{{ comment }}<d>{{ descriptions.nl }}</d></a>" },
    { format: "csv", body: '{{ order }};{{ comment }};"{{ reference }}"\n', fileName: "{{ order }}-{{ comment }}.csv" },
    { format: "query", body: "a={{ order }}&b={{ comment }}&c=d" },
    { format: "text", body: "{{ order }} {{ comment | upcase }}", fileName: "{{ reference }}" },
  ],
};

const checks = new Map(
  Object.values(templates).map(({ name, optionsSchema }) => [name, compileSchema(optionsSchema)] as const),
);

function renderedOf(name: string): fc.Arbitrary<Rendered> {
  const template = templates[name];
  if (!template) throw new Error(`there is no template ${name}`);
  const schema = template.optionsSchema as unknown as Schema;
  const fromSchema = (junk: number) => valuesOf(schema, { resolve: () => ({}), known: {}, junk });
  return fc.record({
    template: fc.constant(name),
    options: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...(SOUND[name] ?? [{}])) },
      { weight: 4, arbitrary: fromSchema(0) },
      { weight: 1, arbitrary: fromSchema(8) },
      { weight: 1, arbitrary: anyJson },
    ),
    format: fc.constantFrom(...template.formats),
    // A file has no header to demand: such a pair is refused when it is saved.
    target: template.demandsHeader ? fc.constant("http") : fc.constantFrom("http", "file"),
    timeZone: fc.constantFrom("Europe/Brussels", "UTC", "America/Bogota", "Asia/Riyadh"),
    events: fc.array(anyEvent, { minLength: 1, maxLength: Math.min(3, template.maxEvents) }),
    earlier: fc.array(anyEvent, { maxLength: 2 }),
    details: anyDetails,
  });
}

const textsIn = (payload: Payload, text: string, format: Format): unknown => {
  if (format === "query") return Object.fromEntries(payload.fields ?? []);
  if (format === "json") return JSON.parse(text);
  return Object.fromEntries(parseXml(text).filter(([, value]) => typeof value === "string"));
};

/** Every text of ON TIME's payloads comes back as it was, as far as the format can hold it. */
function checkOntime(payload: Payload, text: string, { events, format, timeZone }: Rendered): void {
  const [event] = events;
  if (!event) return;
  const members = Object.entries(membersOf(event, formatLocal(event.statusTime, timeZone)));
  const held = (value: string) =>
    format === "xml" ? xmlPart(value) : format === "json" ? value : value.replace(/\p{Surrogate}/gu, "\ufffd");
  const wanted = members.slice(0, format === "query" ? 10 : undefined).map(([name, value]) => [name, held(value)]);
  const read = textsIn(payload, text, format) as Record<string, unknown>;
  for (const [name, value] of wanted) assert.equal(read[String(name)], value, `${String(name)} reads otherwise`);
}

/** The texts of the first of our own templates in JSON stand where they were put, and nowhere else. */
function checkCustom(text: string, { options, events }: Rendered): void {
  if (options !== SOUND.custom?.[0]) return;
  const [event] = events;
  if (!event) return;
  const read = JSON.parse(text) as Record<string, unknown>;
  // Its third member is named by the reference, which may be one of the two.
  if (event.reference !== "b") assert.equal(read.b, `x${event.order}y`);
  if (event.reference !== "a") assert.equal(read.a, event.comment);
  assert.ok(Object.keys(read).length <= 3);
}

async function check(given: Rendered): Promise<void> {
  const { template: name, options, format, target, timeZone, events, earlier, details } = given;
  const template = templates[name];
  if (!template || (checks.get(name)?.(options).length ?? 0) > 0) return;
  const sound = options as Readonly<Record<string, unknown>>;
  const [event] = events;
  const wished = name === "custom" ? (sound.format as Format) : format;
  if (template.validate && template.validate(sound).length > 0) return;
  const history = event ? [...earlier, event] : [];
  const context = contextOf({ format: wished, target, timeZone, history, details, now: Date.UTC(2026, 0) });
  let payload: Payload;
  try {
    payload = template.render(events, sound, context);
  } catch (error) {
    if (error instanceof RenderError) return;
    throw error;
  }
  const { fault, text } = await payloadFault(payload);
  if (fault) throw new Error(`${name}: ${fault}\n${text.slice(0, 2_000)}`);
  assert.equal(
    payload.fileName === undefined,
    target === "http" || wished === "query",
    "a file, and no other, has a name",
  );
  if (name === "ontime") checkOntime(payload, text, given);
  if (name === "custom") checkCustom(text, given);
}

export const templatesTarget = fuzzTarget<Rendered>({
  name: "templates",
  holds:
    "every template makes a document that a strict parser reads, with each text escaped where it stands, or says by a RenderError why it cannot",
  lanes: 1,
  open: () => ({ values: fc.oneof(...Object.keys(templates).map(renderedOf)), check, close: async () => {} }),
});
