import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everythingIn, type RunningFileServer, SECURE_FILE_SERVERS, startAll } from "../support/file-servers.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { type ExpectedStatus, expectedJson, expectedQuery, expectedXml } from "../support/ontime-expected.js";
import { startWaybell, type Waybell } from "../support/waybell.js";
import { readByXmllint } from "../support/xmllint.js";

const MIB = 1024 * 1024;
/** A data URI of `bytes` bytes that no two tests share. */
function dataUri(head: string, bytes: number): string {
  return (
    head +
    randomBytes(Math.ceil(((bytes - head.length) * 3) / 4))
      .toString("base64")
      .slice(0, bytes - head.length)
  );
}

const PHOTO = dataUri("data:image/jpeg;base64,", 5 * MIB);
const SIGNATURE = dataUri("data:image/png;base64, ", 5 * MIB + 3);
const SMALL = "data:image/png;base64, Tm8gYWNjZXNzIG";

const expected: ExpectedStatus = {
  order: "ASK132456798",
  barcode: "",
  container: "",
  status: "DELIVERED",
  statusTime: "20230719110649",
  code: "AF (AFGEWERKT)",
  nl: "Afgewerkt",
  en: "Finished",
  fr: "Fini",
  reference: "anc/20221588",
  comment: "Signé à l'accueil ✍️",
  oldLead: "",
  newLead: "",
  verifier: "",
  signatures: [{ image: SIGNATURE, signedBy: "J. Peeters & Zn <kaai 5>" }],
  pictures: [PHOTO, SMALL, PHOTO],
};
const STEM = "ASK132456798_AF (AFGEWERKT)_20230719110649";
const DOCUMENTS = { json: Buffer.from(expectedJson(expected)), xml: Buffer.from(expectedXml(expected)) };
const WRITE_EACH = ["json", "xml"] as const;

let waybell: Waybell;
let http: HttpReceiver;
let servers: RunningFileServer[] = [];

beforeAll(async () => {
  [http, servers, waybell] = await Promise.all([startHttpReceiver(), startAll(SECURE_FILE_SERVERS), startWaybell()]);
  await waybell.putCustomer("large");
  const add = (name: string, setting: object) => waybell.addEndpoint("large", { name, ...setting });
  const json = { template: { name: "ontime", options: { format: "json" } } };
  await add("GET", { transport: { type: "http-get", url: `${http.url}/get` } });
  await add("POST", { transport: { type: "http-post", url: `${http.url}/post` }, ...json });
  for (const { id, server, transport } of servers) {
    for (const format of WRITE_EACH) {
      const template = { name: "ontime", options: { format } };
      await add(`${id} ${format}`, { transport: transport(server), template });
    }
  }
  const { reference, comment, signatures, pictures, order, code: statusCode, statusTime } = expected;
  await waybell.publish([
    { customer: "large", order, statusCode, statusTime, reference, comment, signatures, pictures },
  ]);
});

afterAll(async () => {
  await waybell?.close();
  await http?.stop();
  await Promise.all(servers.map(({ server }) => server.stop()));
});

describe("pictures and signatures of 5 MB", () => {
  it("are delivered to all at the first attempt", async () => {
    const all = await waybell.allDelivered("customer=large", 2 + servers.length * 2, 50_000);
    expect(all.map(({ attempts }) => attempts)).toEqual(all.map(() => 1));
  });

  it("are left out of URL/GET", () => {
    const [request, another] = http.received.filter(({ method }) => method === "GET");
    expect(another).toBeUndefined();
    expect(request?.url).toBe(`/get?${expectedQuery(expected)}`);
  });

  it("arrive by URL/POST, each byte of them, with their length told before", () => {
    const [request, another] = http.received.filter(({ method }) => method === "POST");
    expect(another).toBeUndefined();
    expect(request?.headers["content-length"]).toBe(String(DOCUMENTS.json.length));
    expect(request?.body.equals(DOCUMENTS.json)).toBe(true);
  });

  it.each(SECURE_FILE_SERVERS.map(({ name, id }) => [name, id] as const))(
    "arrive as files on %s, each byte",
    (_n, id) => {
      const root = servers.find((kind) => kind.id === id)?.server.root ?? "";
      expect(everythingIn(root)).toEqual(WRITE_EACH.map((format) => `${STEM}.${format}`));
      for (const format of WRITE_EACH) {
        expect(readFileSync(join(root, `${STEM}.${format}`)).equals(DOCUMENTS[format])).toBe(true);
      }
    },
  );

  it("are read by xmllint as they were published", () => {
    const file = join(servers[0]?.server.root ?? "", `${STEM}.xml`);
    const paths = ["/track/signatures/signature", "/track/signatures/signedby", "/track/pictures/picture[3]"];
    const [values] = readByXmllint([file], paths);
    expect(values?.map((value) => value.length)).toEqual([SIGNATURE.length, 24, PHOTO.length]);
    expect(values?.[0] === SIGNATURE && values[2] === PHOTO).toBe(true);
  });

  it("stand in the history by hash and length alone", async () => {
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    for (const { id } of await waybell.deliveries("customer=large")) {
      const [attempt] = (await waybell.delivery(id)).attemptList;
      if (attempt?.sent?.body.startsWith("order=")) continue;
      expect(attempt?.sent?.body).toContain(`[sha256:${sha256(PHOTO)} ${PHOTO.length} bytes]`);
      expect(attempt?.sent?.body).toContain(`[sha256:${sha256(SIGNATURE)} ${SIGNATURE.length} bytes]`);
      expect(attempt?.sent?.body.length).toBeLessThan(2000);
    }
  });
});
