import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogueDay } from "../support/catalogue-day.js";
import { everythingIn, type RunningFileServer, SECURE_FILE_SERVERS, startAll } from "../support/file-servers.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { type ExpectedStatus, expectedJson, expectedQuery, expectedXml, xmlHolds } from "../support/ontime-expected.js";
import { type ShownDelivery, startWaybell, type Waybell } from "../support/waybell.js";
import { readByXmldom, readByXmllint } from "../support/xmllint.js";

const day = catalogueDay("ontime");
const expectedOf = new Map(day.map(({ event, expected }) => [event.id, expected]));
const FORMATS = { json: expectedJson, xml: expectedXml } as const;
type Format = keyof typeof FORMATS;

let waybell: Waybell;
let http: HttpReceiver;
let servers: RunningFileServer[] = [];
/** By name: the endpoint's deliveries. */
const deliveries = new Map<string, ShownDelivery[]>();

function expectedFor({ event }: ShownDelivery): ExpectedStatus {
  const expected = expectedOf.get(event.externalId ?? "");
  if (!expected) throw new Error(`no such event: ${event.externalId}`);
  return expected;
}

const nameOf = (it: ExpectedStatus, format: Format) => `${it.order}_${it.code}_${it.statusTime}.${format}`;
const deliveriesOf = (endpoint: string) => deliveries.get(endpoint) ?? [];

beforeAll(async () => {
  [http, servers, waybell] = await Promise.all([startHttpReceiver(), startAll(SECURE_FILE_SERVERS), startWaybell()]);
  await waybell.putCustomer("ontime", { timeZone: "Europe/Brussels" });
  const ids = new Map<string, string>();
  const add = async (name: string, setting: object) => {
    ids.set(name, await waybell.addEndpoint("ontime", { name, ...setting }));
  };
  const apiKey = "key-of-the-customer";
  await add("GET", { transport: { type: "http-get", url: `${http.url}/get?own=1`, apiKey } });
  const json = { template: { name: "ontime", options: { format: "json" } } };
  await add("POST", { transport: { type: "http-post", url: `${http.url}/post`, apiKey }, ...json });
  for (const kind of servers) {
    for (const format of ["json", "xml"]) {
      const transport = { ...kind.transport(kind.server), directory: `in/${format}`, createDirectory: true };
      const template = { name: "ontime", options: { format } };
      await add(`${kind.id} ${format}`, { transport, template, limits: { concurrency: 2 } });
    }
  }
  const results = await waybell.publish(day.map(({ event }) => event));
  expect(results.map((result) => result.deliveries)).toEqual(day.map(() => ids.size));
  const all = await waybell.allDelivered("customer=ontime", day.length * ids.size, 110_000);
  for (const [name, id] of ids) {
    const own = all.filter(({ endpointId }) => endpointId === id);
    deliveries.set(name, own);
  }
}, 120_000);

afterAll(async () => {
  await waybell?.close();
  await http?.stop();
  await Promise.all(servers.map(({ server }) => server.stop()));
});

it("the table has 166 rows, and each endpoint's history says delivered for each, at the first attempt", () => {
  expect(day).toHaveLength(166);
  expect(deliveries.size).toBe(10);
  for (const [name, list] of deliveries) {
    expect(new Set(list.map(({ event }) => event.externalId)).size, name).toBe(166);
    expect(
      new Set(list.map(({ state, attempts, fault, lastError }) => [state, attempts, fault, lastError].join())),
    ).toEqual(new Set(["delivered,1,,"]));
  }
});

describe("an HTTP receiver", () => {
  const requests = (method: string) => http.received.filter((request) => request.method === method);

  it("gets all rows by URL/GET, byte for byte, and nothing else", () => {
    const ids = new Map(deliveriesOf("GET").map((delivery) => [delivery.id, delivery]));
    for (const { url, headers, body } of requests("GET")) {
      const delivery = ids.get(String(headers["webhook-id"]));
      ids.delete(String(headers["webhook-id"]));
      if (!delivery) throw new Error(`nobody knows of ${url}`);
      expect(url).toBe(`/get?own=1&${expectedQuery(expectedFor(delivery))}`);
      expect(headers["x-api-key"]).toBe("key-of-the-customer");
      expect(body.length).toBe(0);
    }
    expect(ids.size).toBe(0);
  });

  it("gets all rows by URL/POST, byte for byte, and nothing else", () => {
    const ids = new Map(deliveriesOf("POST").map((delivery) => [delivery.id, delivery]));
    for (const { url, headers, body } of requests("POST")) {
      const delivery = ids.get(String(headers["webhook-id"]));
      ids.delete(String(headers["webhook-id"]));
      if (!delivery) throw new Error(`nobody knows of ${body}`);
      expect(url).toBe("/post");
      expect(body.toString()).toBe(expectedJson(expectedFor(delivery)));
      expect(headers).toMatchObject({ "content-type": "application/json", "x-api-key": "key-of-the-customer" });
      expect(headers["user-agent"]).toMatch(/^Waybell\//);
    }
    expect(ids.size).toBe(0);
  });

  it("gets not one request more than there are deliveries", () => {
    expect(http.received).toHaveLength(2 * day.length);
  });
});

describe.each(SECURE_FILE_SERVERS.map(({ name, id }) => [name, id] as const))("%s", (_name, id) => {
  const root = () => servers.find((kind) => kind.id === id)?.server.root ?? "";

  it("holds one file for each row and format under ON TIME's name, and nothing else", () => {
    const wanted = ["in", ...Object.keys(FORMATS).map((format) => `in/${format}`)];
    for (const format of ["json", "xml"] as const) {
      wanted.push(...day.map(({ expected }) => `in/${format}/${nameOf(expected, format)}`));
    }
    expect(everythingIn(root())).toEqual(wanted.sort());
  });

  it.each(["json", "xml"] as const)("holds every byte of each %s document, as the history names it", (format) => {
    const list = deliveriesOf(`${id} ${format}`);
    expect(list).toHaveLength(day.length);
    for (const delivery of list) {
      const expected = expectedFor(delivery);
      expect(delivery.fileName).toBe(nameOf(expected, format));
      const bytes = readFileSync(join(root(), "in", format, nameOf(expected, format)));
      expect(bytes.toString()).toBe(FORMATS[format](expected));
    }
  });

  it("holds XML that xmllint and xmldom read as it was published", () => {
    const files = day.map(({ expected }) => join(root(), "in/xml", nameOf(expected, "xml")));
    const documents = files.map((file) => readByXmldom(readFileSync(file, "utf8")));
    const names = [..."order barcode container status statustime statuscode statusNL statusEN statusFR".split(" ")];
    const more = [..."referentie comment oldlead newlead verifier".split(" ")];
    const paths = [...names, ...more].map((name) => `/track/${name}`);
    const counts = ["count(/track/signatures/signature)", "count(/track/pictures/picture)"];
    const read = readByXmllint(files, [...paths, ...counts]);
    for (const [at, { expected }] of day.entries()) {
      const { order, barcode, container, status, statusTime, code, nl, en, fr } = expected;
      const { reference, comment, oldLead, newLead, verifier, signatures, pictures } = expected;
      const texts = [order, barcode, container, status, statusTime, code, nl, en, fr];
      const published = [...texts, reference, comment, oldLead, newLead, verifier].map(xmlHolds);
      expect(read[at]).toEqual([...published, String(signatures.length), String(pictures.length)]);
      const lists = signatures.flatMap(({ image, signedBy }) => [image, xmlHolds(signedBy)]);
      const empty = (list: readonly unknown[]) => (list.length === 0 ? [""] : []);
      const inOrder = [...published, ...lists, ...empty(signatures), ...pictures, ...empty(pictures)];
      expect(documents[at]?.map(([, text]) => text)).toEqual(inOrder);
    }
  });
});

it("the history keeps what was sent, pictures by their hash alone", async () => {
  const withPicture = deliveriesOf("POST").find((delivery) => expectedFor(delivery).pictures.length > 0);
  const { attemptList } = await waybell.delivery(withPicture?.id ?? "");
  expect(attemptList).toHaveLength(1);
  expect(attemptList[0]).toMatchObject({ outcome: "delivered", code: "200", fault: null, late: false });
  expect(attemptList[0]?.sent?.body).toMatch(/"pictures":\["\[sha256:[0-9a-f]{64} \d+ bytes\]"/);
  expect(attemptList[0]?.sent?.body).not.toContain("base64");
});
