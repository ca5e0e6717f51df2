import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";
import { AUTH, type FakeApi, fakeApi } from "./fakes.js";

/** The API listening on a free port. */
export async function listen(...args: Parameters<typeof fakeApi>): Promise<FakeApi & { url: string; port: number }> {
  const api = await fakeApi(...args);
  const url = await api.app.listen({ host: "127.0.0.1", port: 0 });
  return { ...api, url, port: Number(new URL(url).port) };
}

/** Waits until `condition` holds; throws after `ms`. */
export async function until(condition: () => boolean, what: string, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await pause(10);
  }
}

const KEPT = 100_000;

/** A connection that writes what it is told and keeps the end of what it reads. */
export function rawClient(port: number): { socket: Socket; text: () => string; closed: () => boolean } {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  let closed = false;
  socket.on("data", (chunk) => {
    text = (text + chunk.toString("latin1")).slice(-KEPT);
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  return { socket, text: () => text, closed: () => closed };
}

export const ndjsonHead = (more = ""): string =>
  `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${AUTH.authorization}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n${more}\r\n`;

export const chunked = (text: string | Buffer): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
};

/** Posts NDJSON whole and returns its answer lines. */
export async function postLines(url: string, body: string | Buffer | AsyncIterable<Buffer>) {
  const agent = new Agent();
  try {
    const answer = await request(`${url}/v1/events`, {
      method: "POST",
      headers: { ...AUTH, "content-type": "application/x-ndjson" },
      body: body as never,
      dispatcher: agent,
    });
    const text = await answer.body.text();
    const lines = text.split("\n").filter((line) => line !== "");
    return { status: answer.statusCode, headers: answer.headers, lines: lines.map((line) => JSON.parse(line)) };
  } finally {
    await agent.destroy();
  }
}
