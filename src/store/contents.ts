import { hash } from "node:crypto";
import type { Content } from "../types.js";
import type { Database, Statement } from "./database.js";
import type { ContentRef } from "./event-rows.js";

const CHUNK = 256 * 1024;

/** A picture, signature or document that came with an event: a data URI, ASCII only. */
export interface NewContent extends ContentRef {
  readonly data: string;
}

// Partners send one space after the comma.
const HEAD = /^(?<head>data:(?<mediaType>[^;,]*)[^,]*, ?)/;

/** Names a data URI by its SHA-256, so that the same picture is kept once. */
export function newContent(data: string): NewContent {
  const { head, mediaType } = HEAD.exec(data)?.groups ?? {};
  return {
    sha256: hash("sha256", data),
    length: data.length,
    mediaType: (mediaType ?? "").toLowerCase(),
    base64At: head?.length ?? 0,
    data,
  };
}

/** Pictures, signatures and documents, kept apart from their events and read in chunks. */
export interface ContentStore {
  content(ref: ContentRef): Content;
  /** Those of `refs` that are not kept yet, or are about to be deleted as no event holds them. */
  missing<T extends ContentRef>(refs: readonly T[]): Promise<T[]>;
}

/** The statements that keep `contents`; a content that is there already stays as it is. */
export function contentStatements(contents: readonly NewContent[]): Statement[] {
  if (contents.length === 0) return [];
  // First: whoever is about to delete them waits for this row, or has deleted them before the chunks are written again.
  const taken = contents.map(({ sha256 }) => sha256);
  const statements: Statement[] = [
    { sql: "DELETE FROM loose_contents WHERE sha256 IN (SELECT value FROM each(?))", args: [taken] },
  ];
  for (const { sha256, data } of contents) {
    for (let seq = 0; seq * CHUNK < data.length; seq++) {
      const part = data.slice(seq * CHUNK, (seq + 1) * CHUNK);
      statements.push({
        sql: "INSERT INTO content_chunks (sha256, seq, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        args: [sha256, seq, part],
      });
    }
  }
  return statements;
}

async function* read(database: Database, { sha256, length }: ContentRef): AsyncGenerator<Buffer> {
  let bytes = 0;
  for (let seq = 0; bytes < length; seq++) {
    const chunk = await database.prisma.contentChunk.findUnique({ where: { sha256_seq: { sha256, seq } } });
    if (!chunk) throw new Error(`The content ${sha256} is not in the database any more.`);
    bytes += chunk.data.length;
    yield Buffer.from(chunk.data, "latin1");
  }
}

const KEPT = `SELECT json_group_array(w.value) FROM each(?1) w
  WHERE EXISTS (SELECT 1 FROM content_chunks WHERE sha256 = w.value AND seq = 0)
  AND NOT EXISTS (SELECT 1 FROM loose_contents WHERE sha256 = w.value)`;

export function createContents(database: Database): ContentStore {
  return {
    content: (ref) => ({ ...ref, open: () => read(database, ref) }),
    async missing(refs) {
      const wanted = [...new Set(refs.map(({ sha256 }) => sha256))];
      // Between this look and the commit that relies on it they may come loose: they are deleted only long after that.
      const kept = new Set(await database.json<string[]>(KEPT, wanted));
      const seen = new Set<string>();
      return refs.filter(({ sha256 }) => !kept.has(sha256) && !seen.has(sha256) && seen.add(sha256));
    },
  };
}
