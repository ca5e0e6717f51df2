import ssh2 from "ssh2";
import { Type } from "typebox";
import type { FieldError } from "../errors.js";
import { fault, type Rule } from "../schemas/rules/rules.js";
import { secret, unsentSecret } from "../schemas/secret.js";
import { hostOf } from "./address-guard.js";
import { portRefusal } from "./ports.js";
import { fileOptions, normalDirectory, validateFileOptions } from "./remote-file.js";
import { checkFiles, type FileProtocol, sendFile } from "./remote-send.js";
import { authority } from "./server.js";
import { openSftp, portOf, type SftpOptions } from "./sftp-connect.js";
import type { Transport } from "./transport.js";

const Fingerprint = Type.String({ pattern: "^SHA256:[A-Za-z0-9+/]{43}$" });

const optionsSchema = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 255, description: "Host name or address" }),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: "22 by default" })),
    username: Type.String({ minLength: 1, maxLength: 255 }),
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, ...secret })),
    privateKey: Type.Optional(
      Type.String({ minLength: 1, maxLength: 16_384, description: "In OpenSSH or PEM form", ...unsentSecret }),
    ),
    passphrase: Type.Optional(Type.String({ maxLength: 1024, description: "Of the private key", ...unsentSecret })),
    hostKey: Type.Optional(
      Type.Union([Fingerprint, Type.Array(Fingerprint, { minItems: 1, maxItems: 10 })], {
        description: "Fingerprints of the host keys to trust, as ssh-keygen -l prints them; needed to send",
      }),
    ),
    ...fileOptions,
  },
  { additionalProperties: false },
);

/** SFTP has no reply codes; this is what an FTP server answers when all went well. */
const ALL_WELL = 250;

const read = (options: Readonly<Record<string, unknown>>) => options as unknown as SftpOptions;

function protocol(options: SftpOptions): FileProtocol {
  return { options, okCode: ALL_WELL, open: (context, steps) => openSftp(options, context, steps) };
}

function keyFault({ privateKey, passphrase }: SftpOptions): Rule | undefined {
  if (privateKey === undefined) return undefined;
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  if (parsed instanceof Error) {
    return passphrase === undefined ? "key_unreadable" : "key_wrong_passphrase";
  }
  const keys = Array.isArray(parsed) ? parsed : [parsed];
  return keys.some((key) => key.isPrivateKey()) ? undefined : "public_key";
}

function validate(options: SftpOptions): FieldError[] {
  const faults = validateFileOptions(options);
  if (options.password === undefined && options.privateKey === undefined) {
    faults.push(fault("/password", "password_or_key"));
  }
  const faulty = keyFault(options);
  if (faulty !== undefined) faults.push(fault("/privateKey", faulty));
  const refusal = portRefusal(portOf(options), "sftp");
  if (refusal !== undefined) faults.push({ path: "/port", ...refusal });
  return faults;
}

const place = (options: SftpOptions) =>
  `${authority(options.host, portOf(options))}/${normalDirectory(options.directory).replace(/^\//, "")}`;

/** Files on an SFTP server whose host key is known. */
export const sftp: Transport = {
  name: "sftp",
  label: "SFTP",
  optionsSchema,
  accepts: ["json", "xml", "csv", "text"],
  kind: "file",
  describe: (options) => `sftp://${encodeURIComponent(read(options).username)}@${place(read(options))}`,
  // The login's folder is not known here: `/in` and `in` count as one place, so that names in it stay unique.
  address: (options) => `sftp://${place(read(options))}`,
  servers: (options) => [{ scheme: "sftp", host: hostOf(read(options).host), port: portOf(read(options)) }],
  validate: (options) => validate(read(options)),
  send: (payload, options, context) => sendFile(protocol(read(options)), payload, context),
  check: (options, context) => checkFiles(protocol(read(options)), context),
};
