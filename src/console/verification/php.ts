import { FRESH_SECONDS, type OwnHmac, type Scheme } from "./scheme.js";

const FRESH = `$fresh = (string) (int) $timestamp === $timestamp && abs(time() - (int) $timestamp) < ${FRESH_SECONDS};`;
/** A text in single quotes, in which PHP reads nothing but these two. */
const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
/** Where PHP keeps a header. */
const place = (header: string) => quoted(`HTTP_${header.toUpperCase().replaceAll("-", "_")}`);

const STANDARD = `<?php
// $body: file_get_contents('php://input'), or of a GET $_SERVER['QUERY_STRING']
function is_from_waybell(array $server, string $body, string $secret): bool
{
    $id = $server['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $server['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    ${FRESH}
    $key = base64_decode(str_replace('whsec_', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $server['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
        if (hash_equals($expected, $given)) return $fresh;
    }
    return false;
}
`;

const ED25519 = `<?php
// $body: file_get_contents('php://input'), or of a GET $_SERVER['QUERY_STRING']
function is_from_waybell(array $server, string $body, string $publicKey): bool
{
    $id = $server['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $server['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    ${FRESH}
    $key = base64_decode(str_replace('whpk_', '', $publicKey));
    foreach (explode(' ', $server['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
        $signature = strncmp($given, 'v1a,', 4) === 0 ? base64_decode(substr($given, 4)) : '';
        if (strlen($signature) === 64 && sodium_crypto_sign_verify_detached($signature, "$id.$timestamp.$body", $key)) return $fresh;
    }
    return false;
}
`;

const hmac = ({ header, over, algorithm, encoding, prefix }: OwnHmac) => {
  const timed = over === "timestamp.body";
  const signed = timed ? '"$timestamp.$body"' : "$body";
  const made =
    encoding === "hex"
      ? `hash_hmac('${algorithm}', ${signed}, $secret)`
      : `base64_encode(hash_hmac('${algorithm}', ${signed}, $secret, true))`;
  return `<?php
// $body: file_get_contents('php://input'), or of a GET $_SERVER['QUERY_STRING']
function is_from_waybell(array $server, string $body, string $secret): bool
{
${timed ? `    $timestamp = $server['HTTP_WEBHOOK_TIMESTAMP'] ?? '';\n    ${FRESH}\n` : ""}    $expected = ${prefix === "" ? "" : `${quoted(prefix)} . `}${made};
    return ${timed ? "$fresh && " : ""}hash_equals($expected, $server[${place(header)}] ?? '');
}
`;
};

/** What verifies a request in PHP. */
export function phpCode(scheme: Scheme): string {
  if (scheme.kind === "hmac") return hmac(scheme);
  return scheme.kind === "standard" ? STANDARD : ED25519;
}
