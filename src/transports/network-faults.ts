/** What a failed socket, look-up or TLS handshake was: a stable code and one plain sentence. */
export interface NetworkFault {
  /** `client_certificate`: the server's TLS layer refused who connects; what was sent after the handshake it never read. */
  /** `timeout`: no answer to the connection attempt, or silence on it. `reset`: it was open and then broke. */
  readonly code: "dns" | "connect" | "timeout" | "reset" | "tls" | "client_certificate";
  readonly sentence: string;
}

const MAX_DEPTH = 5;

const dns = (sentence: string): NetworkFault => ({ code: "dns", sentence });
const connect = (sentence: string): NetworkFault => ({ code: "connect", sentence });
const timeout = (sentence: string): NetworkFault => ({ code: "timeout", sentence });
const reset = (sentence: string): NetworkFault => ({ code: "reset", sentence });
const client = (sentence: string): NetworkFault => ({ code: "client_certificate", sentence });
const tls = (sentence: string): NetworkFault => ({ code: "tls", sentence });

const NO_CLIENT_CERTIFICATE = client("The server asks for a client certificate, and the endpoint has none.");
const BAD_CLIENT_CERTIFICATE = client("The server does not accept the endpoint's client certificate.");
const UNKNOWN_ISSUER = tls("The server's certificate was not issued by an authority that is trusted here.");
const NO_SUCH_NAME = dns("The host name does not exist.");
const NO_DNS_ANSWER = dns("The DNS servers gave no answer for the host name.");
const CLOSED = reset("The server closed the connection.");
const NO_TLS = tls("The server does not speak TLS on this port.");
const NO_COMMON_TLS = tls("The server and Waybell have no TLS version or cipher in common.");
/** In TLS 1.2 the alert for both (RFC 5246, 7.2.2 and 7.4.6). */
const BROKEN_HANDSHAKE = tls(
  "The server refused the TLS handshake: it has no TLS version or cipher in common with Waybell, or asks for a client certificate.",
);

/** Codes of Node's errno, c-ares, OpenSSL, TLS and undici; which one it is decides, never the text of a message. */
const FAULTS: ReadonlyMap<string, NetworkFault> = new Map([
  ["ENOTFOUND", NO_SUCH_NAME],
  ["EAI_NONAME", NO_SUCH_NAME],
  ["ENODATA", dns("The host name has no address.")],
  ["EBADNAME", dns("The host name is not a valid name.")],
  ["EAI_AGAIN", NO_DNS_ANSWER],
  ["EAI_FAIL", NO_DNS_ANSWER],
  ["ETIMEOUT", NO_DNS_ANSWER],
  ["ESERVFAIL", dns("The DNS servers could not look the host name up.")],
  ["EREFUSED", dns("The DNS servers refused to look the host name up.")],
  ["EBADRESP", dns("The DNS servers gave an answer that makes no sense.")],

  ["ECONNREFUSED", connect("The server refused the connection: nothing listens on this port.")],
  ["EHOSTUNREACH", connect("The server cannot be reached: there is no route to it.")],
  ["ENETUNREACH", connect("The server's network cannot be reached.")],
  ["EHOSTDOWN", connect("The server's machine is down.")],
  ["ENETDOWN", connect("Waybell's own network is down.")],
  ["EADDRNOTAVAIL", connect("Waybell has no free address or port to connect from.")],
  ["EMFILE", connect("Waybell has too many open connections.")],
  ["EACCES", connect("The machine that Waybell runs on does not allow this connection.")],
  ["EPERM", connect("The machine that Waybell runs on does not allow this connection.")],

  ["ETIMEDOUT", timeout("The server did not answer in time.")],
  ["UND_ERR_CONNECT_TIMEOUT", timeout("The server did not accept the connection in time.")],
  ["UND_ERR_HEADERS_TIMEOUT", timeout("The server did not answer in time.")],
  ["UND_ERR_BODY_TIMEOUT", timeout("The server did not finish its answer in time.")],

  ["ECONNRESET", reset("The server broke the connection.")],
  ["ECONNABORTED", reset("The connection was broken.")],
  ["EPIPE", CLOSED],
  ["UND_ERR_SOCKET", CLOSED],

  ["CERT_HAS_EXPIRED", tls("The server's certificate has expired.")],
  ["CERT_NOT_YET_VALID", tls("The server's certificate is not valid yet.")],
  ["CERT_REVOKED", tls("The server's certificate was revoked.")],
  ["CERT_REJECTED", tls("The server's certificate is not accepted for this use.")],
  ["CERT_UNTRUSTED", UNKNOWN_ISSUER],
  ["CERT_SIGNATURE_FAILURE", tls("The server's certificate has a wrong signature.")],
  [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    tls("The server's certificate is self-signed; give it as the endpoint's `ca` to trust it."),
  ],
  ["SELF_SIGNED_CERT_IN_CHAIN", UNKNOWN_ISSUER],
  ["UNABLE_TO_GET_ISSUER_CERT", UNKNOWN_ISSUER],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", UNKNOWN_ISSUER],
  [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    tls("The server's certificate cannot be verified; its intermediate certificate may be missing."),
  ],
  ["ERR_TLS_CERT_ALTNAME_INVALID", tls("The server's certificate was issued for another host name.")],
  ["ERR_TLS_HANDSHAKE_TIMEOUT", timeout("The server did not finish the TLS handshake in time.")],
  ["ERR_SSL_WRONG_VERSION_NUMBER", NO_TLS],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", NO_TLS],
  ["ERR_SSL_HTTP_REQUEST", NO_TLS],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", NO_COMMON_TLS],
  ["ERR_SSL_NO_PROTOCOLS_AVAILABLE", NO_COMMON_TLS],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", NO_CLIENT_CERTIFICATE],
  ["ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE", BAD_CLIENT_CERTIFICATE],
  ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", BAD_CLIENT_CERTIFICATE],
  ["ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", BAD_CLIENT_CERTIFICATE],
  [
    "ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED",
    client("The server says that the endpoint's client certificate was revoked."),
  ],
  [
    "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
    client("The server says that the endpoint's client certificate has expired."),
  ],
  ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN", BAD_CLIENT_CERTIFICATE],
  [
    "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
    client("The server does not know the authority of the endpoint's client certificate."),
  ],
  ["ERR_SSL_TLSV1_ALERT_ACCESS_DENIED", BAD_CLIENT_CERTIFICATE],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", NO_COMMON_TLS],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", BROKEN_HANDSHAKE],
  ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", BROKEN_HANDSHAKE],
]);

function byCode(code: string): NetworkFault | undefined {
  const known = FAULTS.get(code);
  if (known) return known;
  // OpenSSL has hundreds of reasons; Node gives each as a code with one of these beginnings.
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return tls(`The TLS handshake failed (${code}).`);
  return undefined;
}

/**
 * Which network fault an error is, by its `code`, else that of its cause or of the errors it holds (Node tries several
 * addresses and throws an AggregateError). undefined: it is none; then the caller knows better what it was doing.
 */
export function networkFault(error: unknown, depth = 0): NetworkFault | undefined {
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  // undici wraps a reset socket in an error of its own; what is underneath is more exact.
  const inner = networkFault(cause, depth + 1);
  if (inner) return inner;
  const own = typeof code === "string" ? byCode(code) : undefined;
  if (own || !Array.isArray(errors)) return own;
  for (const each of errors.slice(0, 10)) {
    const found = networkFault(each, depth + 1);
    if (found) return found;
  }
  return undefined;
}
