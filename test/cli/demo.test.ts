import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compare, countFiles, readFolder } from "../../src/cli/demo/arrivals.js";
import { demoEndpoints } from "../../src/cli/demo/customers.js";
import { decodeHeader, startHttpReceiver, startMailReceiver } from "../../src/cli/demo/receivers.js";
import { EventInput } from "../../src/schemas/event.js";
import { compileSchema } from "../../src/schemas/validate.js";

const login = { port: 1, username: "u", password: "p" };
const ENDPOINTS = demoEndpoints({
  getUrl: "http://127.0.0.1:1",
  postUrl: "http://127.0.0.1:2",
  postKey: "k",
  ftp: login,
  sftp: { ...login, hostKey: "SHA256:x" },
});

function sample(): EventInput[] {
  const text = readFileSync(new URL("../../samples/day.ndjson", import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waybell-demo-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the sample day", () => {
  it("holds more than 200 valid events of every customer of the demo, in the order of their ids", () => {
    const events = sample();
    expect(events.length).toBeGreaterThanOrEqual(200);
    const faulty = compileSchema(EventInput);
    for (const event of events) expect(faulty(event), event.id).toEqual([]);
    const ids = events.map(({ id }) => id ?? "");
    expect(ids).toEqual([...new Set(ids)].sort());
    for (const { wants, method } of ENDPOINTS) expect(events.filter(wants).length, method).toBeGreaterThan(5);
  });

  it("holds what is hard to carry: accents, quotes, markup, pictures, signatures, and two files of one name", () => {
    const events = sample();
    const text = JSON.stringify(events);
    for (const hard of ["é", "&amp;", "<rechts>", '\\"', "宁波", "😕", "(DEEL 1 AFGEWERKT)", "[distristatuscode]"]) {
      expect(text).toContain(hard);
    }
    expect(events.some(({ pictures }) => (pictures?.[0]?.length ?? 0) > 10_000)).toBe(true);
    expect(events.some(({ signatures }) => signatures?.length)).toBe(true);
    const names = events.map(({ order, statusCode, statusTime }) => `${order}_${statusCode}_${statusTime}`);
    expect(new Set(names).size).toBeLessThan(names.length);
  });
});

describe("compare", () => {
  const events: EventInput[] = [
    { customer: "a", order: "A1", statusCode: "take", statusTime: "2026-03-10T08:00:00+01:00", reference: "é & <x>" },
    { customer: "a", order: "A2", statusCode: "take", statusTime: "2026-03-10T08:00:01+01:00" },
  ];
  const fields = (order: string, more: object = {}) => ({
    order,
    barcode: "",
    container: "",
    statuscode: "take",
    statustime: order === "A1" ? "20260310080000" : "20260310080001",
    referentie: order === "A1" ? "é & <x>" : "",
    ...more,
  });

  it("finds nothing wrong when each event has arrived, also when one came twice under its id", () => {
    const arrivals = [
      { id: "1", fields: fields("A1") },
      { id: "2", fields: fields("A2") },
      { id: "1", fields: fields("A1") },
    ];
    const expected = { expected: 2, arrived: 2, repeated: 1, missing: [], unexpected: [] };
    expect(compare(events, "URL/GET", arrivals)).toEqual(expected);
  });

  it("names what is missing, and what came under a second id or with another text", () => {
    const arrivals = [
      { id: "1", fields: fields("A1") },
      { id: "2", fields: fields("A1") },
      { id: "3", fields: fields("A2", { referentie: "?" }) },
    ];
    const { missing, unexpected } = compare(events, "URL/GET", arrivals);
    expect(missing).toEqual(["A2 take 20260310080001"]);
    expect(unexpected).toEqual(["A1 take 20260310080000", "A2 take 20260310080001"]);
  });

  it("reads files of JSON and of XML alike, and no file that is still being written", () => {
    const signatures = [{ signature: "data:image/png;base64, AA==", signedby: 'R. "Rik" & Co' }];
    const whole = fields("A1", {
      comment: "1 < 2\nnext",
      oldlead: "",
      newlead: "",
      verifier: "",
      signatures,
      pictures: ["data:p"],
    });
    writeFileSync(join(folder, "a.json"), JSON.stringify(whole));
    const plain = Object.entries({ ...whole, signatures: undefined, pictures: undefined })
      .filter(([, value]) => value !== undefined)
      .map(
        ([name, value]) =>
          `\t<${name}>${String(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}</${name}>\n`,
      );
    const signed =
      "\t<signatures>\n\t\t<signature>data:image/png;base64, AA==</signature>\n\t\t<signedby>R. &quot;Rik&quot; &amp; Co</signedby>\n\t</signatures>\n";
    const pictures = "\t<pictures>\n\t\t<picture>data:p</picture>\n\t</pictures>\n";
    writeFileSync(join(folder, "b.xml"), `<track>\n${plain.join("")}${signed}${pictures}</track>\n`);
    writeFileSync(join(folder, "c.json.part"), "{");
    expect(countFiles(folder)).toBe(2);
    const [json, xml] = readFolder(folder);
    expect(xml?.fields).toEqual(json?.fields);
    expect(readFolder(join(folder, "none"))).toEqual([]);
  });
});

describe("receivers", () => {
  it("let a web server go down and come back at the same address, and want their key", async () => {
    const receiver = await startHttpReceiver("k");
    const post = (key: string) =>
      fetch(receiver.url, { method: "POST", headers: { "x-api-key": key, "webhook-id": "1" }, body: '{"order":"A"}' });
    expect((await post("wrong")).status).toBe(401);
    expect((await post("k")).status).toBe(200);
    await receiver.goDown();
    await expect(post("k")).rejects.toThrow();
    await receiver.comeBack();
    expect((await post("k")).status).toBe(200);
    expect(receiver.arrivals).toEqual(Array(2).fill({ id: "1", fields: { order: "A" } }));
    await receiver.close();
  });

  it("take mails, and read their subject in any encoding", async () => {
    const seen: string[] = [];
    const server = await startMailReceiver(({ subject }) => seen.push(subject));
    const transport = createTransport(server.url);
    const subject = `L'accès à «ERP» ne répond plus — ${"très ".repeat(20)}long`;
    await transport.sendMail({ from: "a@a.example", to: "b@b.example", subject, text: "é" });
    transport.close();
    await server.close();
    expect(seen).toEqual([subject]);
    expect(server.mails[0]?.to).toEqual(["b@b.example"]);
    expect(decodeHeader("=?UTF-8?Q?caf=C3=A9_noir?=")).toBe("café noir");
  });
});
