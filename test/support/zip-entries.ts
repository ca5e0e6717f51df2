import { inflateRawSync } from "node:zlib";

/** What a zip holds, as text, by the names of its entries. */
export function zipEntries(zip: Buffer): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  const end = zip.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
  if (end < 0) throw new Error("this is no zip");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const local = zip.readUInt32LE(at + 42);
    const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(begin, begin + zip.readUInt32LE(at + 20));
    const isStored = zip.readUInt16LE(at + 10) === 0;
    entries.set(
      zip.toString("utf8", at + 46, at + 46 + name),
      (isStored ? packed : inflateRawSync(packed)).toString("utf8"),
    );
    at += 46 + name + extra + comment;
  }
  return entries;
}
