import { FRESH_SECONDS, type OwnHmac, type Scheme } from "./scheme.js";

const FRESH = `fresh = timestamp.isdigit() and abs(time.time() - int(timestamp)) < ${FRESH_SECONDS}`;

const STANDARD = `import base64, hashlib, hmac, time

# body: the bytes as they came; of a GET the query string. headers: their names in small letters
def is_from_waybell(headers, body: bytes, secret: str) -> bool:
    timestamp = headers.get("webhook-timestamp", "")
    ${FRESH}
    key = base64.b64decode(secret.replace("whsec_", ""))
    signed = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    signatures = headers.get("webhook-signature", "").split(" ")
    return fresh and any(hmac.compare_digest(one.encode(), expected.encode()) for one in signatures)
`;

const ED25519 = `import base64, time
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# body: the bytes as they came; of a GET the query string. headers: their names in small letters
def is_from_waybell(headers, body: bytes, public_key: str) -> bool:
    timestamp = headers.get("webhook-timestamp", "")
    ${FRESH}
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.replace("whpk_", "")))
    signed = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    for one in headers.get("webhook-signature", "").split(" "):
        try:
            if one.startswith("v1a,"):
                key.verify(base64.b64decode(one[4:]), signed)
                return fresh
        except (InvalidSignature, ValueError):
            continue
    return False
`;

const hmac = ({ header, over, algorithm, encoding, prefix }: OwnHmac) => {
  const timed = over === "timestamp.body";
  const signed = timed ? `f"{timestamp}.".encode() + body` : "body";
  const made = `hmac.new(secret.encode(), ${signed}, hashlib.${algorithm})`;
  const text = encoding === "hex" ? `${made}.hexdigest()` : `base64.b64encode(${made}.digest()).decode()`;
  return `import ${encoding === "hex" ? "" : "base64, "}hashlib, hmac${timed ? ", time" : ""}

# body: the bytes as they came; of a GET the query string. headers: their names in small letters
def is_from_waybell(headers, body: bytes, secret: str) -> bool:
${timed ? `    timestamp = headers.get("webhook-timestamp", "")\n    ${FRESH}\n` : ""}    expected = ${JSON.stringify(prefix)} + ${text}
    return ${timed ? "fresh and " : ""}hmac.compare_digest(expected.encode(), headers.get(${JSON.stringify(header.toLowerCase())}, "").encode())
`;
};

/** What verifies a request in Python. */
export function pythonCode(scheme: Scheme): string {
  if (scheme.kind === "hmac") return hmac(scheme);
  return scheme.kind === "standard" ? STANDARD : ED25519;
}
