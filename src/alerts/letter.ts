import type { Language } from "../types.js";
import { escapeHtml, isolated, oneLine } from "./safe-text.js";
import { phrases } from "./texts.js";

export interface LetterTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Sentences below it: how much of the whole it shows, where the rest is. */
  readonly notes: readonly string[];
}

/** A mail as a whole, before it is text or HTML; what stands in its facts and tables may come from outside. */
export interface Letter {
  readonly language: Language;
  /** Made of safe text: see `isolated`. */
  readonly subject: string;
  readonly intro: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly tables: readonly LetterTable[];
  readonly link: { readonly text: string; readonly url: string } | null;
  readonly closing: readonly string[];
  readonly footer: string;
}

const RULE = "-".repeat(72);

/** The subject as a header's value. */
export const subjectOf = (letter: Letter): string => `[Waybell] ${letter.subject}`;

function textTable({ title, head, rows, notes }: LetterTable): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map((row) => `  ${row.map((cell) => isolated(cell) || "-").join(" | ")}`);
  return ["", title, "", `  ${head.join(" | ")}`, ...lines, ...(notes.length > 0 ? ["", ...notes] : [])];
}

/** The letter as plain text. */
export function letterText(letter: Letter): string {
  const { intro, facts, tables, link, closing, footer } = letter;
  const { colon } = phrases(letter.language);
  const lines = [intro, "", ...facts.map(([label, value]) => label + colon + isolated(value, 1000))];
  for (const table of tables) lines.push(...textTable(table));
  if (link) lines.push("", link.text + colon + oneLine(link.url, 2000));
  for (const paragraph of closing) lines.push("", paragraph);
  return [...lines, "", RULE, footer, ""].join("\r\n");
}

const CELL = "padding:4px 10px;border:1px solid #d0d7de;text-align:left;vertical-align:top";
const HEAD = `${CELL};background:#f3f5f7;font-weight:bold`;
const TABLE = "border-collapse:collapse;margin:8px 0;font-size:13px";
const BODY =
  "margin:0;padding:16px;font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:1.45;color:#1f2328";

// `bdi` keeps a cell's reading direction to itself.
const cell = (text: string, maxLength?: number) => `<bdi>${escapeHtml(oneLine(text, maxLength))}</bdi>`;
const paragraph = (text: string) => `<p style="margin:12px 0">${escapeHtml(oneLine(text, 2000))}</p>`;

function htmlTable({ title, head, rows, notes }: LetterTable): string {
  if (rows.length === 0) return "";
  const header = head.map((text) => `<th style="${HEAD}">${escapeHtml(text)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((text) => `<td style="${CELL}">${cell(text)}</td>`).join("")}</tr>`);
  return [
    paragraph(title),
    `<table style="${TABLE}"><thead><tr>${header}</tr></thead>`,
    `<tbody>${body.join("\r\n")}</tbody></table>`,
    ...notes.map(paragraph),
  ].join("\r\n");
}

/** The letter as HTML, with its styles inline: mail readers drop all others. */
export function letterHtml(letter: Letter): string {
  const { language, intro, facts, tables, link, closing, footer } = letter;
  const factRows = facts.map(
    ([label, value]) =>
      `<tr><th style="${HEAD}">${escapeHtml(label)}</th><td style="${CELL}">${cell(value, 1000)}</td></tr>`,
  );
  const href = link ? escapeHtml(oneLine(link.url, 2000)) : "";
  return [
    `<!DOCTYPE html><html lang="${language}"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width"><title>${escapeHtml(subjectOf(letter))}</title></head>`,
    `<body style="${BODY}">`,
    `<h1 style="font-size:18px;margin:0 0 12px">${escapeHtml(letter.subject)}</h1>`,
    paragraph(intro),
    `<table style="${TABLE}"><tbody>${factRows.join("\r\n")}</tbody></table>`,
    ...tables.map(htmlTable),
    link ? `<p style="margin:12px 0"><a href="${href}">${escapeHtml(link.text)}</a></p>` : "",
    ...closing.map(paragraph),
    `<p style="margin:24px 0 0;border-top:1px solid #d0d7de;padding-top:8px;font-size:12px;color:#59636e">${escapeHtml(footer)}</p>`,
    "</body></html>",
    "",
  ].join("\r\n");
}
