import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** Whom the provider says that it is. */
interface Person {
  sub: string;
  email?: string;
  email_verified?: boolean;
  name?: string;
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** A small OpenID provider that signs in `person` at once, and answers a code only to who began it. */
export async function startProvider(clientId: string, clientSecret: string) {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const { privateKey: strange } = await generateKeyPair("RS256");
  const codes = new Map<string, URLSearchParams>();
  const self = {
    url: "",
    person: { sub: "s1", email: "ann@example.com", email_verified: true, name: "Ann" } as Person,
    /** Signs with a key that is not its own. */
    isForged: false,
    /** Claims in the ID token in place of the right ones. */
    claims: {} as Record<string, unknown>,
    isDown: false,
    /** What it does instead of answering a path to its end. */
    faults: {} as Record<string, "endless" | "unfinished">,
    /** Bytes of answers without an end. */
    poured: 0,
    requests: 0,
    /** What a browser does that is sent there: comes back with a code. */
    visit(location: string): string {
      const asked = new URL(location).searchParams;
      const code = randomBytes(8).toString("hex");
      codes.set(code, asked);
      const back = new URL(asked.get("redirect_uri") ?? "");
      back.search = String(new URLSearchParams({ code, state: asked.get("state") ?? "", iss: self.url }));
      return back.href;
    },
    close: async () => void (await new Promise((resolve) => server.close(resolve))),
  };

  async function token(request: IncomingMessage): Promise<object | null> {
    const form = await bodyOf(request);
    const asked = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isClient = form.get("client_secret") === clientSecret && form.get("client_id") === clientId;
    if (!asked || !isClient || challenge !== asked.get("code_challenge")) return null;
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: self.url, aud: clientId, iat: now, exp: now + 300, nonce: asked.get("nonce") };
    const idToken = await new SignJWT({ ...standard, ...self.person, ...self.claims })
      .setProtectedHeader({ alg: "RS256", kid: "k1" })
      .sign(self.isForged ? strange : privateKey);
    return { access_token: "access-token-of-the-provider", token_type: "Bearer", expires_in: 60, id_token: idToken };
  }

  function pour(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json" }).write('{"issuer":"');
    const chunk = "x".repeat(65_536);
    const more = () => {
      do self.poured += chunk.length;
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", more);
    more();
  }

  const server = createServer(async (request, response) => {
    self.requests++;
    const answer = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (self.isDown) return answer(503, {});
    const fault = self.faults[request.url ?? ""];
    if (fault === "unfinished") return response.writeHead(200, { "content-type": "application/json" }).write("{");
    if (fault === "endless") return pour(response);
    if (request.url === "/.well-known/openid-configuration") {
      return answer(200, {
        ...{ issuer: self.url, authorization_endpoint: `${self.url}/authorize`, token_endpoint: `${self.url}/token` },
        ...{ jwks_uri: `${self.url}/jwks`, response_types_supported: ["code"], subject_types_supported: ["public"] },
        ...{ id_token_signing_alg_values_supported: ["RS256"], userinfo_endpoint: `${self.url}/userinfo` },
        token_endpoint_auth_methods_supported: ["client_secret_post"],
      });
    }
    if (request.url === "/jwks") {
      return answer(200, { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" }] });
    }
    const tokens = request.url === "/token" ? await token(request) : null;
    return tokens ? answer(200, tokens) : answer(400, { error: "invalid_grant" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return self;
}

export type TestProvider = Awaited<ReturnType<typeof startProvider>>;
