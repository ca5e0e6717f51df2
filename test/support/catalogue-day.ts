import { readFileSync } from "node:fs";
import { NASTY } from "../templates/nasty.js";
import type { ExpectedStatus } from "./ontime-expected.js";

interface Row {
  readonly status: string;
  readonly code: string;
  readonly nl: string;
  readonly fr: string;
  readonly en: string;
}

/** ON TIME's table, as the data beside the tests has it: not by way of the code under test. */
export const TABLE: readonly Row[] = JSON.parse(
  readFileSync(new URL("../data/ontime-status-catalogue.json", import.meta.url), "utf8"),
);

/** An event as it is posted, and the status that every receiver must get of it. */
export interface StatusOfTheDay {
  readonly event: { readonly id: string } & Record<string, unknown>;
  readonly expected: ExpectedStatus;
}

const TEXTS = [
  "TAKE on: 2023-07-19 Time: 10:33:04 Scan by PRISCILLA RAES GSM: +32 494508051 GPS: lat 51.234535 - lon 4.410024",
  "Déposé à l'accueil, réf. « Ça & là » <b>no 5</b>",
  'She said "take it" & left \\ /',
  "]]> <![CDATA[ &amp; &#65; %20+",
  "🚚 livré 📦 👨‍👩‍👧 日本語",
  "line one\r\nline two\ttabbed\u0007bell",
  ...NASTY,
];
const SHORT = TEXTS.filter((text) => text.length <= 500);

const pick = (texts: readonly string[], at: number) => texts[at % texts.length] ?? "";
const PICTURE =
  "data:image/png;base64, iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const PHOTO = `data:image/jpeg;base64,${"/9j/4AAQSkZJRgABAQEAYABgAAD".repeat(400)}`;

/** The same moment as it may be posted, and as the customer in Brussels reads it. */
function timeOf(at: number): { posted: string; local: string } {
  const minute = String(at % 60).padStart(2, "0");
  const second = String((at * 7) % 60).padStart(2, "0");
  const forms = [
    { posted: `2023-07-19T11:${minute}:${second}+02:00`, local: `20230719 11${minute}${second}` },
    { posted: `2023-07-19T22:${minute}:${second}Z`, local: `20230720 00${minute}${second}` },
    { posted: `2023071909${minute}${second}`, local: `20230719 09${minute}${second}` },
    { posted: `2023-12-31T23:${minute}:${second}Z`, local: `20240101 00${minute}${second}` },
  ];
  const form = forms[at % forms.length] ?? { posted: "", local: "" };
  return { ...form, local: form.local.replace(" ", "") };
}

function orderOf(at: number): string {
  const number = 132_456_000 + at;
  if (at % 10 === 3) return `Été & Fils €${number}`;
  if (at % 17 === 5) return `📦 ${number} (deel [2])`;
  return `ASK${number}`;
}

/** One status change for each of the 166 rows, with all that texts can hold, signatures and pictures in some. */
export function catalogueDay(customer: string): StatusOfTheDay[] {
  const seen = new Set<string>();
  return TABLE.map((row, at) => {
    const { posted, local } = timeOf(at);
    const signatures = Array.from({ length: at % 5 === 0 ? 1 + (at % 2) : 0 }, (_, each) => ({
      image: PICTURE,
      signedBy: pick(SHORT, at + each),
    }));
    const expected: ExpectedStatus = {
      ...row,
      order: orderOf(at),
      barcode: at % 3 === 0 ? `ABC ${at}&<"'>` : "",
      container: at % 4 === 0 ? `MSKU${at}` : "",
      statusTime: local,
      reference: pick(SHORT, at + 3),
      comment: pick(TEXTS, at),
      oldLead: at % 6 === 0 ? pick(SHORT, at + 5) : "",
      newLead: at % 6 === 0 ? pick(SHORT, at + 6) : "",
      verifier: at % 8 === 0 ? pick(SHORT, at + 7) : "",
      signatures,
      pictures: at % 7 === 0 ? [PHOTO, PICTURE].slice(at % 2) : [],
    };
    // The first row of a code is looked up; the others are told by their texts.
    const again = seen.has(row.code);
    seen.add(row.code);
    const { nl, fr, en, code: statusCode, statusTime: _local, status, ...same } = expected;
    const descriptions = again || at % 9 === 0 ? { descriptions: { nl, fr, en } } : {};
    const given = at % 11 === 0 ? { status } : {};
    const event = { id: `day-${at}`, customer, ...same, statusCode, statusTime: posted, ...descriptions, ...given };
    return { event, expected };
  });
}
