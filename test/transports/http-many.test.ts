import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { httpPost } from "../../src/transports/http-post.js";
import { jsonPayload, sendContext } from "../support/sending.js";
import { until } from "../support/service.js";

const RECEIVERS = 1200;
const AT_ONCE = 40;

it("keeps about 1,000 idle connections for long, and those beyond for a moment", async () => {
  const sockets = new Set<Socket>();
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    request.resume().on("end", () => response.end("ok"));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connections = new Connections({ clock: systemClock });
  let next = 0;
  const send = async () => {
    for (let at = next++; at < RECEIVERS; at = next++) {
      const url = `http://127.1.${at >> 8}.${at & 255}:${port}/`;
      await httpPost.send(jsonPayload("{}"), { url }, sendContext({ connections }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
  await until(() => sockets.size <= 1000 + AT_ONCE, 9000, "the end of what is beyond");
  expect(sockets.size).toBeLessThanOrEqual(1000 + AT_ONCE);
  await connections.close();
  server.closeAllConnections();
  server.close();
});
