import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";

/** What a name stands for: addresses of both kinds, at the end of a chain of other names if there is one. */
interface DnsAnswer {
  readonly addresses: readonly string[];
  readonly chain?: readonly string[];
  /** Seconds. */
  readonly ttl?: number;
}

/** By name: addresses, or answers that each look-up of the name gets in turn, the last one from then on. */
export type DnsRecords = Readonly<Record<string, readonly string[] | readonly DnsAnswer[]>>;

export interface DnsServer {
  /** As `address:port`. */
  readonly server: string;
  /** Such as `erp.example A`. */
  readonly questions: string[];
  stop(): Promise<void>;
}

const TTL_S = 60;
const TYPE = { A: 1, CNAME: 5, AAAA: 28 } as const;
const CLASS_IN = 1;

function nameBytes(name: string): Buffer {
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // The URL parser writes all of an IPv6 address in hexadecimal.
  const plain = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [left, right] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return Buffer.from([...left, ...zeros, ...right].map((group) => group.padStart(4, "0")).join(""), "hex");
}

function record(owner: string, type: number, ttl: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(CLASS_IN, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([nameBytes(owner), fixed, data]);
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join("."), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function recordsOf(name: string, type: number, { addresses, chain = [], ttl = TTL_S }: DnsAnswer): Buffer[] {
  const names = [name, ...chain];
  const aliases = chain.map((alias, at) => record(names[at] ?? name, TYPE.CNAME, ttl, nameBytes(alias)));
  const asked = addresses.filter((address) => isIPv4(address) === (type === TYPE.A));
  return [...aliases, ...asked.map((address) => record(names.at(-1) ?? name, type, ttl, addressBytes(address)))];
}

const isPlain = (given: readonly string[] | readonly DnsAnswer[]): given is readonly string[] =>
  given.every((each) => typeof each === "string");

/** A name server of the test's own; names that begin with "silent" get no answer at all. */
export async function startDnsServer(records: DnsRecords): Promise<DnsServer> {
  const questions: string[] = [];
  const asked = new Map<string, number>();
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const { name, type, end } = question(query);
    const kind = type === TYPE.A ? "A" : "AAAA";
    questions.push(`${name} ${kind}`);
    if (name.startsWith("silent")) return;
    const given = records[name];
    const turns = given && (isPlain(given) ? [{ addresses: given }] : given);
    // Both kinds are asked for at each look-up: each counts its own turns.
    const turn = asked.get(`${name} ${kind}`) ?? 0;
    asked.set(`${name} ${kind}`, turn + 1);
    const answer = turns?.[Math.min(turn, turns.length - 1)];
    const answers = answer ? recordsOf(name, type, answer) : [];
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(turns ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(answers.length, 6);
    header.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    server: `127.0.0.1:${socket.address().port}`,
    questions,
    async stop() {
      socket.close();
      await once(socket, "close");
    },
  };
}
