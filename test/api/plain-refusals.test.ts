import { afterEach, describe, expect, it } from "vitest";
import type { FakeApi } from "./fakes.js";
import { listen, rawClient, until } from "./wire.js";

let api: FakeApi & { port: number };
afterEach(() => api.app.close());

/** What is answered to these lines, as status and problem. */
async function answerTo(...lines: string[]): Promise<{ status: number; problem: Record<string, unknown> }> {
  api = await listen();
  const { socket, text, closed } = rawClient(api.port);
  socket.end(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
  await until(closed, "the end of the connection");
  const [head = "", body = ""] = text().split("\r\n\r\n");
  expect(head).toMatch(/^content-type: application\/problem\+json/im);
  return { status: Number(head.split(" ")[1]), problem: JSON.parse(body) };
}

describe("what Node would refuse with an empty answer is refused with a problem document", () => {
  it("a request of HTTP/1.1 without Host", async () => {
    const { status, problem } = await answerTo("GET /healthz HTTP/1.1");
    expect(status).toBe(400);
    expect(problem).toMatchObject({
      status: 400,
      code: "malformed",
      detail: "The header Host is missing.",
      errors: [],
    });
  });

  it("an Expect that is not 100-continue", async () => {
    const { status, problem } = await answerTo(
      "POST /v1/events HTTP/1.1",
      "Host: a",
      "Content-Length: 0",
      "Expect: more",
    );
    expect(status).toBe(417);
    expect(problem).toMatchObject({ status: 417, code: "malformed", detail: expect.stringContaining("100-continue") });
  });
});

it("a request of HTTP/1.0 needs no Host", async () => {
  api = await listen();
  const { socket, text, closed } = rawClient(api.port);
  socket.end("GET /healthz HTTP/1.0\r\n\r\n");
  await until(closed, "the end of the connection");
  expect(text()).toMatch(/^HTTP\/1\.1 200 /);
});
