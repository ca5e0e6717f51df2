import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ContentStore, contentStatements, createContents, newContent } from "../../src/store/contents.js";
import { openStore, type Store } from "./kit.js";

let store: Store;
let contents: ContentStore;

beforeEach(async () => {
  store = await openStore();
  contents = createContents(store.database);
});
afterEach(() => store.close());

const uri = (letter: string, length: number) => `data:image/png;base64,${letter.repeat(length)}`;
async function chunksOf(data: string): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of contents.content(newContent(data)).open()) chunks.push(chunk);
  return chunks;
}

describe("contents", () => {
  it.each([1, 1_000, 256 * 1024, 256 * 1024 + 1, 3_000_000])(
    "of %i bytes come back as they were, in chunks",
    async (length) => {
      const data = uri("A", length);
      await store.database.batch(contentStatements([newContent(data)]));
      const chunks = await chunksOf(data);
      expect(Buffer.concat(chunks).toString() === data).toBe(true);
      expect(chunks).toHaveLength(Math.ceil(data.length / (256 * 1024)));
      expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(256 * 1024);
    },
  );

  it("can be opened again for each attempt", async () => {
    const data = uri("B", 300_000);
    await store.database.batch(contentStatements([newContent(data)]));
    expect(await chunksOf(data)).toEqual(await chunksOf(data));
  });

  it("are kept once, and stay as they are when they come again", async () => {
    const content = newContent(uri("C", 300_000));
    for (let time = 0; time < 2; time++) await store.database.batch(contentStatements([content, content]));
    expect(await store.database.json("SELECT count(*) FROM content_chunks")).toBe(2);
  });

  it("that are not kept yet are told, each once", async () => {
    const [kept, fresh] = [newContent(uri("D", 10)), newContent(uri("E", 10))];
    await store.database.batch(contentStatements([kept]));
    expect(await contents.missing([kept, fresh, fresh, kept])).toEqual([fresh]);
    expect(await contents.missing([])).toEqual([]);
  });

  it("that are gone fail in plain words when they are opened", async () => {
    await expect(chunksOf(uri("F", 10))).rejects.toThrow(/is not in the database any more/);
  });
});
