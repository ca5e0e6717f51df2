import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { startSftpServer } from "../../src/cli/demo/sftp-server.js";
import { basicCredential } from "../../src/transports/http-auth.js";
import { newSigningSecret } from "../../src/transports/signature.js";
import { makeCertificate } from "./certificates.js";
import { startConnectProxy } from "./connect-proxy.js";
import { startHttpReceiver } from "./http-receiver.js";
import { encryptedKey, type Planted } from "./planted.js";
import { echo, redirecting, startRepeatingFtp } from "./planted-echo.js";

type Setting = Readonly<Record<string, unknown>>;

const rsaKey = () =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

function httpTransports(planted: Planted, url: string, tokenUrl: string): Record<string, Setting> {
  const { token, text, add } = planted;
  return {
    get: {
      type: "http-get",
      url,
      apiKey: token("get api key"),
      headers: { "x-token": token("get header"), "x-more": token("get second header") },
      auth: { type: "bearer", token: token("bearer token") },
    },
    basic: {
      type: "http-post",
      url,
      apiKey: token("post api key"),
      signingSecret: add("signing secret", newSigningSecret("hmac")),
      auth: { type: "basic", username: "waybell", password: text("basic password") },
      hmac: { header: "x-signature", secret: text("hmac secret") },
    },
    parts: {
      type: "http-post",
      url,
      headers: { authorization: `Bearer ${token("token of a header")}`, cookie: `lang=nl; at=${token("cookie")}` },
    },
    login: {
      type: "http-post",
      url,
      headers: { authorization: basicCredential("waybell", text("login of a header")) },
    },
    ed25519: { type: "http-post", url, signingSecret: add("ed25519 secret", newSigningSecret("ed25519")) },
    hs256: { type: "http-post", url, auth: { type: "jwt", algorithm: "HS256", key: text("jwt secret of 32 bytes") } },
    rs256: { type: "http-post", url, auth: { type: "jwt", algorithm: "RS256", key: add("jwt private key", rsaKey()) } },
    oauth: {
      type: "http-post",
      url,
      auth: { type: "oauth2", tokenUrl, clientId: "waybell", clientSecret: text("oauth client secret") },
    },
    "oauth-body": {
      type: "http-post",
      url,
      auth: {
        type: "oauth2",
        tokenUrl,
        clientId: "waybell",
        clientSecret: text("oauth body secret"),
        credentials: "body",
      },
    },
  };
}

/** Receivers of every transport, good ones and such as fail and repeat what they got, with endpoints full of secrets. */
export async function startPlantedScene(planted: Planted) {
  const [root, sshRoot] = [0, 1].map(() => mkdtempSync(join(tmpdir(), "waybell-planted-")));
  if (!root || !sshRoot) throw new Error("a folder is missing");
  const [good, bad, tokens, badTokens, moved] = await Promise.all([1, 2, 3, 4, 5].map(() => startHttpReceiver()));
  if (!good || !bad || !tokens || !badTokens || !moved) throw new Error("a receiver is missing");
  good.answer = echo(200);
  bad.answer = echo(500);
  tokens.answer = {
    status: 200,
    body: JSON.stringify({ access_token: planted.token("access token"), token_type: "Bearer" }),
  };
  badTokens.answer = echo(400);
  moved.answer = redirecting();
  const proxyPassword = planted.text("egress proxy password");
  const proxy = await startConnectProxy({ login: `waybell:${proxyPassword}` });
  const clientKey = makeCertificate(["waybell"]);
  const passphrase = planted.text("certificate passphrase");
  const key = planted.add("certificate key", encryptedKey(clientKey.key, passphrase));
  const certificate = makeCertificate();
  const mutual = await startHttpReceiver({ certificate, clientCa: clientKey.cert });
  mutual.answer = echo(200);
  const password = planted.text("ftp password");
  const ftp = await startFtpServer({ root, username: "waybell", password });
  const repeating = await startRepeatingFtp();
  const sshPassphrase = planted.text("ssh passphrase");
  const pair = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256, passphrase: sshPassphrase, cipher: "aes256-ctr" });
  const sftpPassword = planted.text("sftp password");
  const sftp = await startSftpServer({
    root: sshRoot,
    username: "waybell",
    password: sftpPassword,
    publicKey: pair.public,
  });
  const sshKey = planted.add("ssh private key", pair.private);

  const ftpAt = (port: number, word: string) => ({
    type: "ftp",
    host: "127.0.0.1",
    port,
    tls: "none",
    username: "waybell",
    password: word,
  });
  const sftpAt = { type: "sftp", host: "127.0.0.1", port: sftp.port, username: "waybell", hostKey: sftp.fingerprint };
  const files = {
    ftp: ftpAt(ftp.port, password),
    "ftp-refused": ftpAt(repeating.port, planted.text("refused ftp password")),
    sftp: { ...sftpAt, password: sftpPassword },
    "sftp-key": { ...sftpAt, privateKey: sshKey, passphrase: sshPassphrase },
    "sftp-refused": { ...sftpAt, password: planted.text("wrong sftp password") },
  };
  const mtls = {
    type: "http-post",
    url: mutual.url,
    ca: certificate.cert,
    clientCertificate: { certificate: clientKey.cert, key, passphrase },
  };
  const well = httpTransports(planted, good.url, `${tokens.url}/token`);
  const badly = Object.entries(httpTransports(plantedAs(planted, "bad "), bad.url, `${badTokens.url}/token`));
  const transports: Record<string, Setting> = {
    ...well,
    mtls,
    moved: {
      type: "http-post",
      url: moved.url,
      apiKey: planted.token("api key of a redirect"),
      auth: { type: "basic", username: "waybell", password: planted.text("password of a redirect") },
    },
    ...files,
    ...Object.fromEntries(badly.map(([name, transport]) => [`${name}-bad`, transport])),
  };
  return {
    transports,
    proxy,
    /** As EGRESS_PROXY has it. */
    proxyUrl: `http://waybell:${encodeURIComponent(proxyPassword)}@127.0.0.1:${proxy.port}`,
    /** What receivers were sent: that the secrets were in use at all. */
    received: () =>
      [good, bad, tokens, badTokens, mutual, moved]
        .flatMap(({ received }) => received)
        .map(({ url, headers, body }) => `${url}\n${JSON.stringify(headers)}\n${body}`)
        .concat(proxy.heads)
        .join("\n"),
    async close() {
      await Promise.all([good, bad, tokens, badTokens, mutual, moved].map((receiver) => receiver.stop()));
      await Promise.all([proxy.stop(), ftp.close(), sftp.close(), repeating.close()]);
      for (const folder of [root, sshRoot]) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The same, with names that begin otherwise. */
function plantedAs(planted: Planted, prefix: string): Planted {
  return {
    ...planted,
    text: (what) => planted.text(prefix + what),
    token: (what) => planted.token(prefix + what),
    add: (what, secret) => planted.add(prefix + what, secret),
  };
}

/** 32 bytes for SECRETS_KEYS. */
export const randomKey = () => randomBytes(32).toString("base64");
