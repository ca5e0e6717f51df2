import { describe, expect, it } from "vitest";
import { clean, displayWidth, formatTable, pad, truncate } from "../../src/cli/table.js";

describe("table", () => {
  it("counts the columns that accents, wide signs and emoji take", () => {
    expect(displayWidth("Genève")).toBe(6);
    expect(displayWidth("Gene\u0300ve")).toBe(6);
    expect(displayWidth("送达")).toBe(4);
    expect(displayWidth("📦 ok")).toBe(5);
    expect(displayWidth("👩‍👩‍👧")).toBe(2);
  });

  it("cuts between signs, never inside one, and says so", () => {
    expect(truncate("Antwerpen", 9)).toBe("Antwerpen");
    expect(truncate("Antwerpen", 5)).toBe("Antw…");
    expect(truncate("送达送达", 4)).toBe("送…");
    expect(truncate("Antwerpen", 0)).toBe("");
  });

  it("aligns numbers to the right and leaves no spaces at the end", () => {
    const table = formatTable(
      [{ title: "name" }, { title: "tries", align: "right" }, { title: "why" }],
      [
        ["Liège", "2", ""],
        ["送达", "13", "gone"],
      ],
      null,
    );
    expect(table.split("\n")).toEqual([
      "name   tries  why",
      "─────  ─────  ────",
      "Liège      2",
      "送达      13  gone",
    ]);
  });

  it("cuts the columns that may shrink first, down to the terminal's width", () => {
    const columns = [{ title: "id" }, { title: "why", shrink: true }];
    const table = formatTable(columns, [["dlv_0123456789", "the server of the customer did not answer in time"]], 40);
    expect(Math.max(...table.split("\n").map(displayWidth))).toBe(40);
    expect(table).toContain("dlv_0123456789");
    expect(table).toContain("…");
  });

  it("lets no control character of the data reach the terminal", () => {
    expect(clean("a\u001b[31mred\r\nb\u202e")).toBe("a\ufffd[31mred b\ufffd");
    expect(formatTable([{ title: "x" }], [["\u001b]0;title\u0007"]], null)).not.toContain("\u001b");
  });

  it("fills to a width by what is seen, not by length", () => {
    expect(pad("送", 4)).toBe("送  ");
    expect(pad("送", 4, "right")).toBe("  送");
  });

  it("never cuts a column that is kept, however narrow the terminal is", () => {
    const columns = [{ title: "delivery", keep: true }, { title: "state" }, { title: "why", shrink: true }];
    const id = "dlv_01m89rx5jt0000062vdfvf4q2c";
    const table = formatTable(columns, [[id, "pending for long", "The host name does not exist."]], 40);
    expect(table).toContain(`${id}  pending…  The hos…`);
  });
});
