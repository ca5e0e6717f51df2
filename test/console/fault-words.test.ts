import { describe, expect, it } from "vitest";
import document from "../../docs/openapi.json" with { type: "json" };
import { forms, paramWords } from "../../src/console/words/faults/params.js";
import { sentenceOf } from "../../src/console/words/faults/sentences.js";
import { partsOf, REFUSALS, RULES } from "../../src/schemas/rules/rules.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { templates } from "../../src/templates/index.js";
import { transports } from "../../src/transports/index.js";

const names = (sentence: string) => new Set(partsOf(sentence).filter((_part, at) => at % 2 === 1));
const all = Object.entries({ ...RULES, ...REFUSALS });

describe("the sentences of rules and refusals", () => {
  it("have names of their own", () => {
    expect(all).toHaveLength(Object.keys(RULES).length + Object.keys(REFUSALS).length);
  });

  it.each(["nl", "fr"] as const)("are there in %s, and are not the English ones", (language) => {
    const missing = all.filter(([rule, english]) => {
      const sentence = sentenceOf(rule)?.[language] ?? "";
      return sentence === "" || sentence === english;
    });
    expect(missing).toEqual([]);
  });

  it.each(["nl", "fr"] as const)("name in %s nothing but what the rule gives", (language) => {
    // What a pattern asks for, and a constant, the English sentence does not name.
    const more: Readonly<Record<string, string>> = { pattern: "form", constant: "value" };
    for (const [rule, english] of all) {
      const known = names(english).add(more[rule] ?? "");
      for (const name of names(sentenceOf(rule)?.[language] ?? ""))
        expect([rule, known.has(name)]).toEqual([rule, true]);
    }
  });

  it("are none for a rule that nobody knows", () => {
    expect(sentenceOf("toString")).toBeUndefined();
    expect(sentenceOf(undefined)).toBeUndefined();
  });
});

interface Found {
  readonly patterns: Set<string>;
  readonly formats: Set<string>;
  readonly types: Set<string>;
  readonly keywords: Set<string>;
}

/** Everything that a schema, and what is within it, asks for. */
function gather(schema: unknown, found: Found): Found {
  if (Array.isArray(schema)) for (const each of schema) gather(each, found);
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return found;
  const { pattern, format, type } = schema as Record<string, unknown>;
  if (typeof pattern === "string") found.patterns.add(pattern);
  if (typeof format === "string") found.formats.add(format);
  for (const each of [type].flat()) if (typeof each === "string") found.types.add(each);
  for (const [key, value] of Object.entries(schema)) {
    found.keywords.add(key);
    // What data looks like is no schema.
    if (!/^examples?$|^default$|^enum$|^const$/.test(key)) gather(value, found);
  }
  return found;
}

const options = [...Object.values(transports), ...Object.values(templates)].map(({ optionsSchema }) => optionsSchema);
const asked = gather(JSON.parse(JSON.stringify([options, document.paths, document.components])), {
  patterns: new Set(),
  formats: new Set(),
  types: new Set(),
  keywords: new Set(),
});

describe("what the schemas ask for", () => {
  it("has words for every pattern", () => {
    expect(asked.patterns.size).toBeGreaterThan(15);
    expect([...asked.patterns].filter((pattern) => !Object.hasOwn(forms, pattern))).toEqual([]);
  });

  it("has words for every type and format that is checked", () => {
    const types = ["string", "integer", "number", "boolean", "object", "array", "null"];
    expect(types.filter((type) => !Object.hasOwn(paramWords.type ?? {}, type))).toEqual([]);
    for (const type of types.slice(0, 2)) expect(asked.types).toContain(type);
    const checked = [...asked.formats].filter((format) => !["binary", "xml"].includes(format));
    expect(checked.filter((format) => !Object.hasOwn(paramWords.format ?? {}, format))).toEqual([]);
  });
});

const text = { type: "string" };
const faulty: readonly (readonly [string, object, unknown])[] = [
  ["required", { type: "object", properties: { a: text }, required: ["a"] }, {}],
  ["unknown_field", { type: "object", additionalProperties: false }, { a: 1 }],
  ["name_form", { type: "object", patternProperties: { "^a": text }, additionalProperties: false }, { b: "" }],
  ["one_of", { enum: ["a", "b"] }, "c"],
  ["constant", { const: "a" }, "b"],
  ["format", { type: "string", format: "email" }, "x"],
  ["too_long", { type: "string", maxLength: 1 }, "ab"],
  ["empty", { type: "string", minLength: 1 }, ""],
  ["too_many", { type: "array", maxItems: 1, items: text }, ["a", "b"]],
  ["too_few", { type: "array", minItems: 1, items: text }, []],
  ["no_members", { type: "object", minProperties: 1 }, {}],
  ["too_many_members", { type: "object", maxProperties: 1 }, { a: 1, b: 2 }],
  ["twice", { type: "array", uniqueItems: true, items: text }, ["a", "a"]],
  ["form", { type: "string", pattern: "^a$", description: "an a" }, "b"],
  ["pattern", { type: "string", pattern: "^a$" }, "b"],
  ["type", { type: "integer" }, "b"],
  ["minimum", { type: "integer", minimum: 2 }, 1],
  ["maximum", { type: "integer", maximum: 2 }, 3],
  ["not_valid", { type: "integer", multipleOf: 2 }, 3],
];

it.each(faulty)("a value that breaks %s is told by that rule", (rule, schema, value) => {
  const [found] = compileSchema(schema)(value);
  expect(found).toMatchObject({ rule });
  const told = partsOf(RULES[rule as keyof typeof RULES]);
  const message = told.map((part, at) => (at % 2 === 0 ? part : String(found?.params?.[part]))).join("");
  // What has no rule of its own is told as ajv tells it.
  if (rule !== "not_valid") expect(found?.message).toBe(message);
});

it("every keyword that the schemas use, and that a value can break, is told by a rule of its own", () => {
  const broken =
    /^(?:min|max)(?:imum|Length|Items|Properties)$|^(?:enum|const|type|format|pattern|uniqueItems|required|multipleOf|exclusive\w+|dependent\w+|not|contains|propertyNames)$/;
  const told = new Set(faulty.flatMap(([, schema]) => Object.keys(schema)).filter((key) => key !== "multipleOf"));
  expect([...asked.keywords].filter((key) => broken.test(key) && !told.has(key))).toEqual([]);
});
