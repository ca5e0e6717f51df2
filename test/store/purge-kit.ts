import { draft } from "../../src/alerts/compose.js";
import type { Letter } from "../../src/alerts/letter.js";
import { createMailStore } from "../../src/store/mails.js";
import { csvFile } from "../../src/tables/csv.js";
import { safeFileName } from "../../src/templates/file-name.js";
import { temporaryName } from "../../src/transports/remote-file.js";
import { type Store, secrets } from "./kit.js";

/** An alert mail as Waybell writes one: its parts say `facts`, and its tables list the orders. */
export function letterAbout(orders: readonly string[], facts: Letter["facts"] = []) {
  const rows = orders.map((order) => [order]);
  const table = { title: "Not delivered", head: ["Order"], rows, notes: [] };
  const letter: Letter = {
    ...{ language: "en", subject: "ERP fails", intro: "ERP fails.", facts, tables: [table], link: null },
    ...{ closing: [], footer: "Waybell" },
  };
  return draft("outage", [], letter, csvFile(["order"], rows, 1_000_000).text);
}

export async function mailAbout({ database }: Store, id: string, orders: string[], lane: string): Promise<void> {
  const more = { recipients: '["it@acme.example"]', created_at: 1, due_at: 1, lane_id: lane };
  await database.prisma.mail.create({ data: { ...letterAbout(orders), ...more, id } });
}

/** A mail that lets somebody in. */
export async function linkMail({ database }: Store, recipient: string): Promise<void> {
  const texts = { subject: "Sign in", text: "{link}", html: "", place: "{link}", link: "https://waybell.example/" };
  await createMailStore(database, secrets).addLink({ recipient, ...texts, expiresAt: 2 ** 50 }, 1);
}

/** What a lane keeps of a file that its server did not take. */
export function failureOf(order: string): string {
  const name = temporaryName(safeFileName([order, "take", "20230719110649"], "json"), {});
  return `The server did not take the file "${name}": 553 No`;
}
