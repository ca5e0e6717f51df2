import { type HttpReceiver, type ScriptedAnswer, startHttpReceiver } from "./http-receiver.js";

export const CLIENT_ID = "acme & sons";
export const CLIENT_SECRET = "s3cret:+é/%";

/** A token server of a few lines: gives out `token-1`, `token-2` … to the one client that it knows. */
export interface TokenServer extends HttpReceiver {
  /** Options of `auth` that it serves. */
  readonly auth: Readonly<Record<string, unknown>>;
  /** How many tokens were given out. */
  readonly given: number;
  /** Members of its answer beside the token. */
  extra: Record<string, unknown>;
}

const decode = (text: string) => decodeURIComponent(text.replaceAll("+", " "));

/** Who asks, by RFC 6749, 2.3.1: form-encoded in Basic, or in the form. */
function clientOf({ headers, body }: HttpReceiver["received"][number]): string {
  const [, basic] = /^Basic (\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (basic === undefined) {
    const form = new URLSearchParams(body.toString());
    return `${form.get("client_id")}\n${form.get("client_secret")}`;
  }
  return Buffer.from(basic, "base64").toString().split(":").map(decode).join("\n");
}

export async function startTokenServer(): Promise<TokenServer> {
  const receiver = await startHttpReceiver();
  let given = 0;
  const server = Object.defineProperties(receiver, {
    auth: {
      value: { type: "oauth2", tokenUrl: `${receiver.url}/token`, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
    },
    given: { get: () => given },
    extra: { value: { token_type: "Bearer", expires_in: 3600 }, writable: true },
  }) as TokenServer;
  const answer: ScriptedAnswer = (request, response) => {
    const known = clientOf(request) === `${CLIENT_ID}\n${CLIENT_SECRET}`;
    if (known) given++;
    const body = known ? { access_token: `token-${given}`, ...server.extra } : { error: "invalid_client" };
    response.writeHead(known ? 200 : 401, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  server.answer = answer;
  return server;
}
