import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startVsftpd, type TestServer } from "../servers/index.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startWaybell, type Waybell } from "../support/waybell.js";
import { readByXmldom, readByXmllint } from "../support/xmllint.js";

// As ON TIME's document prints them.
const GET_QUERY =
  "order=ASS123456789&barcode=ABC123&container=MSKU123&status=PROCESSING&statustime=20230717094743&statuscode=take&statusNL=Mee+met+koerier&statusEN=Taken+by+courier&statusFR=En+route+avec+courier&referentie=";
const POST_DOCUMENT =
  '{"order":"ASK132456798", "barcode":"", "container":"", "status":"PROCESSING", "statustime":"20230719110649", "statuscode":"take", "statusNL":"Mee met koerier", "statusEN":"Taken by courier", "statusFR":"En route avec courier", "referentie":"anc/20221588", "comment":"TAKE on: 2023-07-19 Time: 10:33:04 Scan by PRISCILLA RAES GSM: +32 494508051 Status: MK Mee Kaai GPS: lat 51.234535 - lon 4.410024", "oldlead":"", "newlead":"", "verifier":"", "signatures":[], "pictures":[]}';
const XML_ELEMENTS = [
  ..."order barcode container status statustime statuscode statusNL statusEN statusFR referentie comment".split(" "),
  ..."oldlead newlead verifier signature signedby picture picture".split(" "),
];
const FILE_NAME = "ASK132456798_PICKUP_PLANNED_20230718095503";

const GET_EVENT = {
  customer: "www",
  order: "ASS123456789",
  barcode: "ABC123",
  container: "MSKU123",
  statusCode: "take",
  statusTime: "2023-07-17T09:47:43+02:00",
};
const POST_EVENT = {
  customer: "www",
  order: "ASK132456798",
  statusCode: "take",
  statusTime: "20230719110649",
  reference: "anc/20221588",
  comment:
    "TAKE on: 2023-07-19 Time: 10:33:04 Scan by PRISCILLA RAES GSM: +32 494508051 Status: MK Mee Kaai GPS: lat 51.234535 - lon 4.410024",
};
const IMAGE = "data:image/png;base64, Tm8gYWNjZXNzIG";
const XML_EVENT = {
  ...POST_EVENT,
  customer: "files",
  signatures: [{ image: IMAGE, signedBy: "J. Peeters & Zn <kaai 5>" }],
  pictures: [IMAGE, IMAGE],
};

const sample = (name: string) => readFileSync(new URL(`../data/ontime-sample.${name}`, import.meta.url), "utf8");

let waybell: Waybell;
let http: HttpReceiver;
let server: TestServer;
const file = (name: string) => readFileSync(join(server.root, name), "utf8");

beforeAll(async () => {
  [http, server, waybell] = await Promise.all([startHttpReceiver(), startVsftpd(), startWaybell()]);
  await waybell.putCustomer("www");
  await waybell.putCustomer("files");
  const json = { template: { name: "ontime", options: { format: "json" } } };
  await waybell.addEndpoint("www", { name: "URL/GET", transport: { type: "http-get", url: http.url } });
  await waybell.addEndpoint("www", { name: "URL/POST", transport: { type: "http-post", url: http.url }, ...json });
  const { host, port, username, password } = server;
  const transport = { type: "ftp", host, port, username, password };
  for (const format of ["json", "xml"]) {
    const template = { name: "ontime", options: { format } };
    await waybell.addEndpoint("files", { name: `FTP/${format}`, transport, template });
  }
  const planned = { ...POST_EVENT, customer: "files", statusCode: "PICKUP_PLANNED", statusTime: "20230718095503" };
  await waybell.publish([GET_EVENT, POST_EVENT, XML_EVENT, planned]);
  await waybell.allDelivered("customer=www", 4);
  await waybell.allDelivered("customer=files", 4);
});

afterAll(async () => {
  await waybell?.close();
  await http?.stop();
  await server?.stop();
});

describe("the examples of ON TIME's document", () => {
  const received = (method: string, order: string) =>
    http.received.filter((each) => each.method === method && `${each.url}${each.body}`.includes(order));

  it("URL/GET arrives byte for byte", () => {
    const [request, another] = received("GET", "ASS123456789");
    expect(another).toBeUndefined();
    expect(request?.url).toBe(`/?${GET_QUERY}`);
    expect(sample("get.txt")).toBe(`https://www.uwurl.be/?${GET_QUERY}`);
  });

  it("URL/POST arrives with the same members in the same order, compact", () => {
    const [request, another] = received("POST", "ASK132456798");
    expect(another).toBeUndefined();
    const body = request?.body.toString() ?? "";
    expect(body).toBe(sample("post.json"));
    expect(Object.entries(JSON.parse(body))).toEqual(Object.entries(JSON.parse(POST_DOCUMENT)));
    expect(body).toBe(POST_DOCUMENT.replaceAll('", "', '","').replace('"signatures":[], ', '"signatures":[],'));
    expect(request?.headers["content-type"]).toBe("application/json");
    expect(request?.headers["content-length"]).toBe(String(Buffer.byteLength(body)));
  });

  it("FTP/XML arrives byte for byte, with the same elements in the same order", () => {
    const name = "ASK132456798_take_20230719110649.xml";
    expect(file(name)).toBe(sample("xml"));
    expect(readByXmldom(file(name)).map(([element]) => element)).toEqual(XML_ELEMENTS);
    const paths = ["/track/comment", "/track/signatures/signedby", "/track/pictures/picture[2]"];
    const values = [POST_EVENT.comment, "J. Peeters & Zn <kaai 5>", IMAGE];
    expect(readByXmllint([join(server.root, name)], paths)).toEqual([values]);
  });

  it("FTP/JSON is the document of URL/POST", () => {
    const pictures = JSON.stringify([IMAGE, IMAGE]);
    const signatures = JSON.stringify([{ signature: IMAGE, signedby: "J. Peeters & Zn <kaai 5>" }]);
    const expected = sample("post.json").replace(
      '"signatures":[],"pictures":[]',
      `"signatures":${signatures},"pictures":${pictures}`,
    );
    expect(file("ASK132456798_take_20230719110649.json")).toBe(expected);
  });

  it("the files have the names of the document, and no others are there", () => {
    const take = "ASK132456798_take_20230719110649";
    const names = [`${FILE_NAME}.json`, `${FILE_NAME}.xml`, `${take}.json`, `${take}.xml`];
    expect(readdirSync(server.root).sort()).toEqual(names);
  });
});
