import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { TransportError } from "../errors.js";
import { exchange } from "./http.js";
import { checkedLookup, isConnectedTo } from "./http-agent.js";
import type { HttpTarget } from "./http-options.js";
import { networkFault } from "./network-faults.js";
import type { CheckedAddress, CheckStep, SendContext } from "./transport.js";

type Outcome = Pick<CheckStep, "ok" | "detail" | "fingerprint">;

function failed(error: unknown, signal: AbortSignal): Outcome {
  if (error instanceof TransportError) return { ok: false, detail: error.message };
  if (signal.aborted) return { ok: false, detail: "The server did not answer before the deadline." };
  const fault = networkFault(error);
  return { ok: false, detail: fault?.sentence ?? "The connection broke." };
}

async function openTcp(target: HttpTarget, addresses: readonly CheckedAddress[], signal: AbortSignal): Promise<Socket> {
  const host = target.host.replace(/^\[|\]$/g, "");
  const socket = connectTcp({ host, port: target.port, lookup: checkedLookup(addresses), signal });
  await once(socket, "connect");
  if (isConnectedTo(socket, addresses)) return socket;
  socket.destroy();
  const message = "The connection led to another address than the one that was checked.";
  throw new TransportError({ fault: "config", code: "address_refused", message });
}

/** Shakes hands whatever the certificate is, so that its fingerprint can be told. */
async function shakeHands(socket: Socket, { host, ca }: HttpTarget): Promise<Outcome> {
  const name = host.replace(/^\[|\]$/g, "");
  const secured = connectTls({
    socket,
    host: name,
    rejectUnauthorized: false,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(ca ? { ca } : {}),
  });
  await once(secured, "secureConnect");
  const outcome = judgeCertificate(secured);
  secured.destroy();
  return outcome;
}

function judgeCertificate(secured: TLSSocket): Outcome {
  const { raw, valid_to: expires } = secured.getPeerCertificate();
  const offered = { fingerprint: `SHA256:${createHash("sha256").update(raw).digest("base64").replace(/=+$/, "")}` };
  if (secured.authorized) {
    const until = new Date(expires).toISOString().slice(0, 10);
    return { ok: true, detail: `${secured.getProtocol() ?? "TLS"}, certificate valid until ${until}`, ...offered };
  }
  // Node types it as an Error, but puts the code there.
  const code: unknown = secured.authorizationError;
  const fault = networkFault({ code });
  return { ok: false, detail: fault?.sentence ?? `The certificate is not accepted (${String(code)}).`, ...offered };
}

/** Any HTTP answer shows that a receiver is there; what it would say to a delivery only a delivery can show. */
async function askOptions(target: HttpTarget, context: SendContext): Promise<Outcome> {
  const request = { method: "OPTIONS", path: target.path, body: null, headers: [], bytes: 0 } as const;
  const any = { ...context, success: { statusCodes: [], bodyIncludes: "" } };
  const code = await exchange({ ...request, headers: [] }, target, any).then(
    (receipt) => receipt.code,
    (error: unknown) => {
      if (error instanceof TransportError && error.fault === "response" && error.status) return error.status;
      throw error;
    },
  );
  return { ok: true, detail: `The server answers HTTP: ${code} to an OPTIONS request. Nothing was delivered.` };
}

/** Looks the host up, connects, shakes hands, and asks for OPTIONS; stops at the first step that fails. */
export async function checkHttp(target: HttpTarget, context: SendContext): Promise<readonly CheckStep[]> {
  const { clock, signal, resolve } = context;
  const steps: CheckStep[] = [];
  let addresses: readonly CheckedAddress[] = [];
  let socket: Socket | undefined;

  const run = async (step: CheckStep["step"], work: () => Promise<Outcome>): Promise<boolean> => {
    const started = clock.monotonic();
    const outcome = await work().catch((error: unknown) => failed(error, signal));
    steps.push({ step, ...outcome, durationMs: clock.monotonic() - started });
    return outcome.ok;
  };
  const lookUp = async () => {
    addresses = await resolve(target.host, signal);
    return { ok: true, detail: addresses.map(({ address }) => address).join(", ") };
  };
  const connect = async () => {
    socket = await openTcp(target, addresses, signal);
    return { ok: true, detail: `connected to ${socket.remoteAddress} port ${target.port}` };
  };
  const tls = async () => (socket ? shakeHands(socket, target) : { ok: false, detail: "There is no connection." });

  try {
    const open = (await run("resolve", lookUp)) && (await run("connect", connect));
    const secure = open && (!target.tls || (await run("tls", tls)));
    if (secure) await run("request", () => askOptions(target, context));
  } finally {
    socket?.destroy();
  }
  return steps;
}
