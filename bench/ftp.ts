import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startVsftpd, type TestServer } from "../test/servers/index.js";
import type { BareFtpCalls } from "./bare-ftp.js";
import { type Child, startChild } from "./child.js";
import { makeFolder, onExit } from "./cleanup.js";
import { comparison, type Rate, type Round, rateOf, tellRound } from "./comparison.js";
import { documentOf, fileNameOf, orderNumber, publishBodies } from "./documents.js";
import type { Options } from "./options.js";
import { count, type Result } from "./report.js";
import { addEndpoint, publish, requireDelivered, untilDelivered } from "./scene.js";
import { type Service, startService } from "./service.js";

const TARGET = 0.7;
const CUSTOMER = "customer";
const POLL_MS = 2;

interface FtpScene {
  readonly server: TestServer;
  readonly loop: Child<BareFtpCalls>;
  readonly service: Service;
  readonly endpoint: string;
}

interface Part {
  readonly from: number;
  readonly files: number;
}

const ordersOf = ({ from, files }: Part): string[] => Array.from({ length: files }, (_, at) => orderNumber(from + at));

/** Each round begins with an empty folder. */
function emptyFolder({ root }: TestServer, files: number): void {
  const names = readdirSync(root);
  for (const name of names) rmSync(join(root, name));
  if (names.length !== files) throw new Error(`${names.length} files lay in the folder, not ${files}`);
}

async function bareOnce({ server, loop }: FtpScene, part: Part): Promise<Rate> {
  const files = ordersOf(part).map((order): [string, string] => [fileNameOf(order), documentOf(order)]);
  const spent = await loop.call("upload", files);
  emptyFolder(server, part.files);
  return rateOf(part.files, spent);
}

/** From the resume until all are there and are recorded. */
async function waybellOnce({ server, service, endpoint }: FtpScene, part: Part): Promise<Rate> {
  await service.call("POST", `/v1/endpoints/${endpoint}/pause`, {});
  const since = new Date();
  await publish(service, publishBodies([CUSTOMER], part.from, part.files, 1000), 1);
  const newest = await service.call<{ items: { id: string }[] }>("GET", `/v1/deliveries?customer=${CUSTOMER}&limit=1`);
  const last = join(server.root, fileNameOf(orderNumber(part.from + part.files - 1)));
  const spent = service.stopwatch();
  await service.call("POST", `/v1/endpoints/${endpoint}/resume`, {});
  // One connection takes them in the order in which they were published; all are counted below.
  while (!existsSync(last)) await pause(POLL_MS);
  await untilDelivered(service, newest.items[0]?.id ?? "");
  const all = spent();
  await requireDelivered(service, since);
  emptyFolder(server, part.files);
  return rateOf(part.files, all);
}

async function open({ cli, profile }: Options): Promise<FtpScene & { stop(): Promise<void> }> {
  const server = await startVsftpd();
  onExit(() => rmSync(dirname(server.root), { recursive: true, force: true }));
  const { host, port, username, password } = server;
  const loop = startChild<BareFtpCalls>(new URL("./bare-ftp.ts", import.meta.url));
  await loop.call("connect", host, port, username, password);
  const service = await startService({ folder: makeFolder(), cli, profile });
  const transport = { type: "ftp", tls: "none", host, port, username, password };
  const { id: endpoint } = await addEndpoint(service, CUSTOMER, "vsftpd", transport);
  const stop = async () => {
    await service.stop();
    await loop.stop();
    await server.stop();
  };
  return { server, loop, service, endpoint, stop };
}

/** Sending stored deliveries to vsftpd over one connection, against basic-ftp doing the same in a loop. */
export async function ftp(options: Options): Promise<Result> {
  const rounds = options.rounds ?? (options.quick ? 3 : 5);
  const files = options.count ?? (options.quick ? 500 : 2000);
  const scene = await open(options);
  const measured: Round[] = [];
  try {
    const warmUp = { from: 0, files: 300 };
    await bareOnce(scene, warmUp);
    await waybellOnce(scene, warmUp);
    for (let at = 0; at < rounds; at++) {
      const part = { from: warmUp.files + at * files, files };
      const bare = await bareOnce(scene, part);
      const waybell = await waybellOnce(scene, part);
      measured.push({ bare, waybell });
      tellRound(`round ${at + 1}`, { bare, waybell });
    }
  } finally {
    await scene.stop();
  }
  return {
    bench: "ftp",
    comparedWith: "basic-ftp in a process of its own: upload to a temporary name, SIZE, rename, in a loop",
    rounds,
    conditions: [
      `${count(files)} files of 600 bytes a round to vsftpd over one kept connection, without TLS, on both sides`,
      "Waybell: stored deliveries, timed from the resume until all are there and are recorded",
    ],
    ...comparison([{ name: "vsftpd", rounds: measured, target: TARGET }]),
    figures: { files },
  };
}
