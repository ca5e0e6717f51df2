import { X509Certificate } from "node:crypto";
import { Type } from "typebox";
import type { FieldError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import { secret } from "../schemas/secret.js";
import { hostOf } from "./address-guard.js";
import { type FtpOptions, openFtp, portOf } from "./ftp-connect.js";
import { portRefusal } from "./ports.js";
import { fileOptions, normalDirectory, validateFileOptions } from "./remote-file.js";
import { checkFiles, type FileProtocol, sendFile } from "./remote-send.js";
import { authority } from "./server.js";
import type { SendContext, Transport } from "./transport.js";

const optionsSchema = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 255, description: "Host name or address" }),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: "21; with implicit TLS 990" })),
    tls: Type.Optional(
      Type.Enum(["none", "explicit", "implicit"], {
        description:
          "none: in clear, the default; explicit: AUTH TLS on the ordinary port; implicit: TLS from the start",
      }),
    ),
    username: Type.String({ minLength: 1, maxLength: 255 }),
    password: Type.Optional(Type.String({ maxLength: 1024, ...secret })),
    ca: Type.Optional(
      Type.String({ maxLength: 65_536, description: "PEM certificates to trust instead of the public authorities" }),
    ),
    fingerprint: Type.Optional(
      Type.String({
        pattern: "^SHA256:[A-Za-z0-9+/]{43}$",
        description: "The one certificate to trust, such as a self-signed one; a check tells what the server offers",
      }),
    ),
    ...fileOptions,
  },
  { additionalProperties: false },
);

const REPLY_OK = 250;

const read = (options: Readonly<Record<string, unknown>>) => options as unknown as FtpOptions;

function protocol(options: FtpOptions): FileProtocol {
  return { options, okCode: REPLY_OK, open: (context, steps) => openFtp(options, context, steps) };
}

function certificatesParse(pem: string): boolean {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const each of found) new X509Certificate(each);
    return found.length > 0;
  } catch {
    return false;
  }
}

function validate(options: FtpOptions): FieldError[] {
  const faults = validateFileOptions(options);
  for (const field of ["username", "password"] as const) {
    if (/[\0\r\n]/.test(options[field] ?? "")) faults.push(fault(`/${field}`, "line_end"));
  }
  if (options.ca !== undefined && !certificatesParse(options.ca)) {
    faults.push(fault("/ca", "pem_list"));
  }
  if ((options.tls ?? "none") === "none") {
    for (const field of ["ca", "fingerprint"] as const) {
      if (options[field] !== undefined) faults.push(fault(`/${field}`, "tls_only"));
    }
  }
  const refusal = portRefusal(portOf(options), "ftp");
  if (refusal !== undefined) faults.push({ path: "/port", ...refusal });
  return faults;
}

const place = (options: FtpOptions) =>
  `${authority(options.host, portOf(options))}/${normalDirectory(options.directory).replace(/^\//, "")}`;

/** Files on an FTP server, in clear or over TLS. */
export const ftp: Transport = {
  name: "ftp",
  label: "FTP and FTPS",
  optionsSchema,
  accepts: ["json", "xml", "csv", "text"],
  kind: "file",
  describe(options) {
    const { tls = "none", username } = read(options);
    return `${tls === "none" ? "ftp" : "ftps"}://${encodeURIComponent(username)}@${place(read(options))}`;
  },
  // The login's folder is not known here: `/in` and `in` count as one place, so that names in it stay unique.
  address: (options) => `ftp://${place(read(options))}`,
  servers(options) {
    const { host, tls = "none" } = read(options);
    return [{ scheme: `ftp ${tls}`, host: hostOf(host), port: portOf(read(options)) }];
  },
  validate: (options) => validate(read(options)),
  send: (payload, options, context: SendContext) => sendFile(protocol(read(options)), payload, context),
  check: (options, context) => checkFiles(protocol(read(options)), context),
};
