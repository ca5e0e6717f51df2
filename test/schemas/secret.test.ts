import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { mapSecrets, maskSecrets, secret } from "../../src/schemas/secret.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { plainFaults } from "../support/plain-faults.js";

const Password = Type.Object({ type: Type.Literal("password"), name: Type.String(), password: Type.String(secret) });
const Token = Type.Object({ type: Type.Literal("token"), token: Type.String({ ...secret, minLength: 3 }) });
const schema = Type.Object({
  plain: Type.Optional(Type.String()),
  key: Type.Optional(Type.String(secret)),
  headers: Type.Optional(Type.Record(Type.String(), Type.String(), secret)),
  login: Type.Optional(
    Type.Unsafe({
      type: "object",
      required: ["type"],
      discriminator: { propertyName: "type" },
      oneOf: [Password, Token],
    }),
  ),
  inner: Type.Optional(Type.Object({ deep: Type.Object({ secret: Type.String(secret), open: Type.String() }) })),
});

describe("the secrets of a schema", () => {
  it("are found in nested objects and in alternatives, each with its place", () => {
    const value = {
      plain: "a",
      key: "b",
      headers: { x: "c" },
      login: { type: "password", name: "d", password: "e" },
      inner: { deep: { secret: "f", open: "g" } },
    };
    const places: [string, string][] = [];
    const mapped = mapSecrets(schema, value, (text, place) => {
      places.push([place, text]);
      return text.toUpperCase();
    });
    expect(places).toEqual([
      ["key", "b"],
      ["headers.x", "c"],
      ["login.password", "e"],
      ["inner.deep.secret", "f"],
    ]);
    expect(mapped).toEqual({
      plain: "a",
      key: "B",
      headers: { x: "C" },
      login: { type: "password", name: "d", password: "E" },
      inner: { deep: { secret: "F", open: "g" } },
    });
    expect(value.login.password).toBe("e");
  });

  it("are masked also in a value that fits none of the alternatives", () => {
    const shown = maskSecrets(schema, { login: { type: "unheard-of", token: "t0ken", password: "pa55" } });
    expect(shown).toEqual({ login: { type: "unheard-of", token: "********", password: "********" } });
  });

  it("leave alone what has another form than the schema says", () => {
    const odd = { login: "text", inner: { deep: null }, key: 5 };
    expect(maskSecrets(schema, odd)).toEqual(odd);
  });
});

describe("a schema with alternatives", () => {
  const check = compileSchema(schema);

  it("is judged by the alternative that is named, and says which there are", () => {
    expect(check({ login: { type: "token", token: "abc" } })).toEqual([]);
    expect(check({ login: { type: "token", token: "a" } }).map(({ path }) => path)).toEqual(["/login/token"]);
    expect(plainFaults(check({ login: { type: "key" } }))).toEqual([
      { path: "/login/type", message: "must be one of password, token" },
    ]);
    expect(check({ login: {} }).map(({ path, message }) => `${path} ${message}`)).toContain("/login/type is missing");
  });
});
