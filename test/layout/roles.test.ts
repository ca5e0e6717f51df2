import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rolesOf } from "../../src/api/authentication.js";
import type { Operation } from "../../src/api/operation.js";
import { operationsOf } from "../../src/api/operations.js";
import { fakeServices } from "../api/fakes.js";
import { CALLERS } from "../app/access-table.js";

const operations = operationsOf(fakeServices().services, "0.0.0", {} as never).filter(
  ({ access }) => access !== "anyone",
);

/** The cells of the table in docs/security.md, by operation: one a role, and what a customer's people need in the pages. */
function written(): Map<string, readonly string[]> {
  const section = readFileSync("docs/security.md", "utf8").split("\n## Who may do what\n")[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| "));
  const rows = lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
  const head = rows.findIndex(([, second]) => second === "operations");
  expect(rows[head]?.slice(2)).toEqual([...CALLERS, "in the pages, `portal.may`"]);
  const found = new Map<string, readonly string[]>();
  // Rows of this width are this table's: no other there is as wide.
  for (const [, names = "", ...cells] of rows.slice(head + 1).filter(({ length }) => length === CALLERS.length + 3)) {
    for (const [, name = ""] of names.matchAll(/`(\w+)`/g)) {
      expect(found.has(name), `${name} stands in two rows`).toBe(false);
      found.set(name, cells);
    }
  }
  return found;
}

/** What the cells must be, by the operation's own declaration. */
function declared({ access, method }: Operation): readonly string[] {
  if (access === "anyone") return [];
  const roles = rolesOf(access);
  const own = typeof access === "object" ? access.own : undefined;
  const cells = CALLERS.map((role) => {
    if (!roles.includes(role)) return "";
    return role === "customer" && own !== "shared" ? "own" : "✓";
  });
  if (own === undefined) return [...cells, ""];
  const portal = typeof access === "object" ? access.portal : undefined;
  const needed = portal ?? (method === "GET" ? "looks" : "");
  return [...cells, typeof needed === "string" ? needed : needed.join(", ")];
}

describe("the table of who may do what in docs/security.md", () => {
  it("has each operation that needs a key in one row, and no other", () => {
    expect([...written().keys()].sort()).toEqual(operations.map(({ id }) => id).sort());
  });

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "says of %s what it declares",
    (id, one) => {
      expect(written().get(id)).toEqual(declared(one));
    },
  );
});
