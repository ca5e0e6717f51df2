import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { startSftpServer } from "../../src/cli/demo/sftp-server.js";
import { newSigningSecret } from "../../src/transports/signature.js";
import { makeCertificate } from "./certificates.js";
import { type ScriptedAnswer, startHttpReceiver } from "./http-receiver.js";
import { encryptedKey, type Planted } from "./planted.js";

type Setting = Readonly<Record<string, unknown>>;

/** Tells whoever asks all that it was sent, in every form in which a program may. */
const echo =
  (status: number): ScriptedAnswer =>
  (request, response) => {
    const all = [request.url, ...Object.values(request.headers).map(String), request.body.toString()];
    const [, credential = ""] = /^Basic (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
    all.push(Buffer.from(credential, "base64").toString());
    const told = [
      ...all,
      ...all.map((text) => encodeURIComponent(text)),
      ...all.map((text) => Buffer.from(text).toString("base64")),
      JSON.stringify(all),
    ];
    response.writeHead(status, { "content-type": "text/plain" }).end(told.join("\n"));
  };

/** An FTP server that knows nobody, and repeats each command that it refuses. */
async function startRepeatingFtp() {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write("220 here\r\n");
    socket.on("data", (chunk) => {
      for (const line of chunk.toString().split("\r\n").filter(Boolean)) {
        socket.write(line.startsWith("USER") ? "331 and?\r\n" : `530 no: ${line}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

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
  const [good, bad, tokens, badTokens] = await Promise.all([1, 2, 3, 4].map(() => startHttpReceiver()));
  if (!good || !bad || !tokens || !badTokens) throw new Error("a receiver is missing");
  good.answer = echo(200);
  bad.answer = echo(500);
  tokens.answer = {
    status: 200,
    body: JSON.stringify({ access_token: planted.token("access token"), token_type: "Bearer" }),
  };
  badTokens.answer = echo(400);
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
    ...files,
    ...Object.fromEntries(badly.map(([name, transport]) => [`${name}-bad`, transport])),
  };
  return {
    transports,
    /** What receivers were sent: that the secrets were in use at all. */
    received: () =>
      [good, bad, tokens, badTokens, mutual]
        .flatMap(({ received }) => received)
        .map(({ url, headers, body }) => `${url}\n${JSON.stringify(headers)}\n${body}`)
        .join("\n"),
    async close() {
      await Promise.all([good, bad, tokens, badTokens, mutual].map((receiver) => receiver.stop()));
      await Promise.all([ftp.close(), sftp.close(), repeating.close()]);
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
