import { expect, it } from "vitest";
import { createRoom } from "../../src/store/postgres-room.js";

it("asks for room once it was missed, until there is some, and not otherwise", async () => {
  let isFull = true;
  let writes = 0;
  const room = createRoom(async () => {
    writes++;
    if (isFull) throw new Error("full");
  });
  await room.find();
  expect(writes).toBe(0);
  room.miss();
  await expect(room.find()).rejects.toThrow("full");
  await expect(room.find()).rejects.toThrow("full");
  isFull = false;
  await room.find();
  await room.find();
  expect(writes).toBe(3);
});
