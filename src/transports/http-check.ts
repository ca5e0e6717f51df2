import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { TransportError } from "../errors.js";
import { stepTold } from "../schemas/rules/rules.js";
import type { Clock } from "../types.js";
import { endedSentence } from "./client-certificate.js";
import { openSocket } from "./egress.js";
import type { Opened } from "./egress-proxy.js";
import { breakHandshakes } from "./floods.js";
import { exchange } from "./http.js";
import type { HttpTarget } from "./http-options.js";
import { tokensOf } from "./http-tokens.js";
import { networkFault } from "./network-faults.js";
import { failedStep, tlsName, untilAborted } from "./remote-connect.js";
import { brokenBeforeVerdict, whenJudged } from "./tls-verdict.js";
import type { CheckedAddress, CheckStep, SendContext } from "./transport.js";

type Outcome = Pick<CheckStep, "ok" | "detail" | "code" | "params" | "fingerprint">;

function failed(error: unknown, signal: AbortSignal): Outcome {
  if (error instanceof TransportError) return failedStep(error);
  if (signal.aborted) return { ok: false, code: "timeout", detail: "The server did not answer before the deadline." };
  const fault = networkFault(error);
  return { ok: false, code: fault?.code ?? "reset", detail: fault?.sentence ?? "The connection broke." };
}

async function openTcp(
  { port }: HttpTarget,
  addresses: readonly CheckedAddress[],
  { signal, proxy }: SendContext,
): Promise<Opened> {
  let opening: Socket | undefined;
  const abandon = () => opening?.destroy();
  return untilAborted(signal, abandon, () =>
    openSocket({ addresses, port, use: "http", proxy }, (made) => {
      opening = made;
    }),
  );
}

/** Shakes hands whatever the certificate is, so that its fingerprint can be told. */
async function shakeHands(
  socket: Socket,
  { host, tls, certificateEnd: end }: HttpTarget,
  clock: Clock,
): Promise<Outcome> {
  if (end !== undefined && clock.now() >= end)
    return { ok: false, code: "certificate_expired", detail: endedSentence(end) };
  const name = tlsName(host.replace(/^\[|\]$/g, ""));
  const secured = connectTls({ ...tls, ...name, socket, rejectUnauthorized: false });
  breakHandshakes(secured);
  await once(secured, "secureConnect");
  const outcome = judgeCertificate(secured);
  // Also without a certificate of the client's: that the server asks for one is to be told here.
  if (outcome.ok) await verdictOn(secured, clock);
  secured.destroy();
  return outcome;
}

function verdictOn(secured: TLSSocket, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const broken = (error: Error) => reject(brokenBeforeVerdict(error));
    secured.on("error", broken);
    secured.once("close", () => broken(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
    whenJudged(secured, clock, resolve);
  });
}

function judgeCertificate(secured: TLSSocket): Outcome {
  const { raw, valid_to: expires } = secured.getPeerCertificate();
  const offered = { fingerprint: `SHA256:${createHash("sha256").update(raw).digest("base64").replace(/=+$/, "")}` };
  if (secured.authorized) {
    const until = new Date(expires).toISOString().slice(0, 10);
    return { ok: true, ...stepTold("tls_until", { protocol: secured.getProtocol() ?? "TLS", day: until }), ...offered };
  }
  // Node types it as an Error, but puts the code there.
  const code: unknown = secured.authorizationError;
  const fault = networkFault({ code });
  const detail = fault?.sentence ?? `The certificate is not accepted (${String(code)}).`;
  return { ok: false, code: fault?.code ?? "tls", detail, ...offered };
}

/** Always a new one: that the one which is kept still serves would say nothing of the next. */
async function askToken(target: HttpTarget, context: SendContext): Promise<Outcome> {
  const { told } = await tokensOf(target).renew(context);
  return { ok: true, ...told };
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
  return { ok: true, ...stepTold("answered", { status: code }) };
}

/** Looks the host up, connects, shakes hands, gets a token where one is needed, and asks for OPTIONS; stops at the first step that fails. */
export async function checkHttp(target: HttpTarget, context: SendContext): Promise<readonly CheckStep[]> {
  const { clock, signal, resolve, onStep } = context;
  const steps: CheckStep[] = [];
  let addresses: readonly CheckedAddress[] = [];
  let socket: Socket | undefined;

  const run = async (step: CheckStep["step"], work: () => Promise<Outcome>): Promise<boolean> => {
    const started = clock.monotonic();
    const outcome = await work().catch((error: unknown) => failed(error, signal));
    const ended = { step, ...outcome, durationMs: clock.monotonic() - started };
    steps.push(ended);
    onStep?.(ended);
    return outcome.ok;
  };
  const lookUp = async () => {
    addresses = await resolve(target.host, signal);
    return { ok: true, ...stepTold("addresses", { addresses: addresses.map(({ address }) => address).join(", ") }) };
  };
  const connect = async () => {
    const opened = await openTcp(target, addresses, context);
    socket = opened.socket;
    // Until TLS, or the end, nobody else listens.
    socket.on("error", () => undefined);
    return { ok: true, ...stepTold("connected", { address: opened.address.address, port: target.port }) };
  };
  const tls = async () => {
    const open = socket;
    if (!open) return { ok: false, code: "reset", detail: "There is no connection." };
    return untilAborted(
      signal,
      () => open.destroy(),
      () => shakeHands(open, target, clock),
    );
  };

  try {
    const open = (await run("resolve", lookUp)) && (await run("connect", connect));
    const secure = open && (!target.isTls || (await run("tls", tls)));
    const known = secure && (!target.tokenAuth || (await run("token", () => askToken(target, context))));
    if (known) await run("request", () => askOptions(target, context));
  } finally {
    socket?.destroy();
  }
  return steps;
}
