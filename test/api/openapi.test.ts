import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openApiDocument } from "../../src/api/openapi.js";
import { operationsOf } from "../../src/api/operations.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { fakeApi, fakeServices } from "./fakes.js";

type Json = Record<string, unknown>;
const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const operations = operationsOf(fakeServices().services, version, {} as never);
const document = JSON.parse(JSON.stringify(openApiDocument(operations, { version, publicUrl: null })));

function* objectsIn(value: unknown, path = "#"): Generator<[string, Json]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Json];
  for (const [key, held] of Object.entries(value)) yield* objectsIn(held, `${path}/${key}`);
}

function at(pointer: string): unknown {
  return pointer
    .slice(2)
    .split("/")
    .reduce<unknown>((value, key) => (value as Json | undefined)?.[key], document);
}

describe("the OpenAPI document", () => {
  it("is the one in docs/openapi.json", () => {
    const kept = JSON.parse(readFileSync("docs/openapi.json", "utf8"));
    expect(document, "write it anew with: npx tsx scripts/openapi.mjs").toEqual(kept);
  });

  it("is what the API serves", async () => {
    const { app } = await fakeApi({}, { version });
    expect((await app.inject("/openapi.json")).json()).toEqual(document);
    await app.close();
  });

  it("names the public address where there is one", () => {
    const { servers } = openApiDocument(operations, { version, publicUrl: "https://waybell.example/" });
    expect(servers).toEqual([{ url: "https://waybell.example" }]);
  });

  it("has no reference that leads nowhere, and no component that nothing names", () => {
    const references = [...objectsIn(document)].flatMap(([, { $ref }]) => (typeof $ref === "string" ? [$ref] : []));
    for (const reference of references) expect(at(reference), reference).toBeDefined();
    const named = new Set(references);
    const components = document.components as Record<string, Json>;
    for (const kind of ["schemas", "responses"]) {
      for (const name of Object.keys(components[kind] ?? {})) {
        expect(named, `${kind}/${name}`).toContain(`#/components/${kind}/${name}`);
      }
    }
  });

  it("gives every operation an id of its own, its path parameters, and its refusals as problems", () => {
    const ids = new Set<unknown>();
    for (const [path, item] of Object.entries(document.paths as Record<string, Record<string, Json>>)) {
      for (const operation of Object.values(item)) {
        expect(ids).not.toContain(operation.operationId);
        ids.add(operation.operationId);
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const parameters = (operation.parameters ?? []) as { name: string; in: string; required: boolean }[];
        const inPath = parameters.filter((one) => one.in === "path");
        expect(inPath.map(({ name }) => name)).toEqual(named);
        expect(inPath.every(({ required }) => required)).toBe(true);
        expect(operation.responses).toHaveProperty("500");
        if (!path.endsWith("z")) expect(operation.responses).toHaveProperty("401");
      }
    }
    expect(ids.size).toBe(operations.length);
  });

  it("tells transports and templates apart by their type and name", () => {
    const { transport, template } = at("#/components/schemas/EndpointInput/properties") as Record<string, Json>;
    expect(transport?.discriminator).toEqual({ propertyName: "type" });
    expect(template?.discriminator).toEqual({ propertyName: "name" });
    const post = at("#/components/schemas/HttpPostTransport") as {
      properties: Record<string, Json>;
      required: string[];
    };
    expect(post.properties.type).toEqual({ const: "http-post" });
    expect(post.required).toContain("url");
  });

  it("marks every secret as one that can only be written", () => {
    const secrets = [...objectsIn(document.components)].filter(([, schema]) => schema["x-secret"] === true);
    expect(secrets.length).toBeGreaterThan(3);
    for (const [path, schema] of secrets) expect(schema.writeOnly, path).toBe(true);
  });

  it("shows examples that its own schemas allow", () => {
    const resolved = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(resolved);
      if (typeof value !== "object" || value === null) return value;
      const { $ref } = value as { $ref?: unknown };
      if (typeof $ref === "string") return resolved(at($ref));
      return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, resolved(held)]));
    };
    const found: [string, unknown, object][] = [];
    for (const [path, schema] of objectsIn(document.components.schemas)) {
      if (!Array.isArray(schema.examples)) continue;
      for (const example of schema.examples) found.push([path, example, resolved(schema) as object]);
    }
    for (const [path, media] of objectsIn(document.paths)) {
      if (typeof media.examples !== "object" || !media.schema) continue;
      for (const { value } of Object.values(media.examples as Record<string, { value: unknown }>)) {
        found.push([path, value, resolved(media.schema) as object]);
      }
    }
    expect(found.length).toBeGreaterThan(5);
    for (const [path, example, schema] of found) expect(compileSchema(schema)(example), path).toEqual([]);
  });
});
