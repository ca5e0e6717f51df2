import { FRESH_SECONDS, type OwnHmac, type Scheme } from "./scheme.js";

const FRESH = `var fresh = long.TryParse(timestamp, out var at) && Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - at) < ${FRESH_SECONDS};`;
// With all that it needs: not every project has implicit usings, and before C# 11 a text in a text holds no quotes.
const HEAD = `using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
`;

const STANDARD = `${HEAD}
// body: the bytes as they came; of a GET the query string
static bool IsFromWaybell(IHeaderDictionary headers, byte[] body, string secret)
{
    string id = headers["webhook-id"].ToString(), timestamp = headers["webhook-timestamp"].ToString();
    ${FRESH}
    var key = Convert.FromBase64String(secret.Replace("whsec_", ""));
    var signed = Encoding.UTF8.GetBytes($"{id}.{timestamp}.").Concat(body).ToArray();
    var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
    return fresh && headers["webhook-signature"].ToString().Split(' ')
        .Any(one => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), expected));
}
`;

const ED25519 = `${HEAD}using NSec.Cryptography;

// body: the bytes as they came; of a GET the query string. NSec is a package: .NET has no ed25519 of its own
static bool IsFromWaybell(IHeaderDictionary headers, byte[] body, string publicKey)
{
    string id = headers["webhook-id"].ToString(), timestamp = headers["webhook-timestamp"].ToString();
    ${FRESH}
    var raw = Convert.FromBase64String(publicKey.Replace("whpk_", ""));
    var key = PublicKey.Import(SignatureAlgorithm.Ed25519, raw, KeyBlobFormat.RawPublicKey);
    var signed = Encoding.UTF8.GetBytes($"{id}.{timestamp}.").Concat(body).ToArray();
    return fresh && headers["webhook-signature"].ToString().Split(' ').Any(one =>
        one.StartsWith("v1a,") && SignatureAlgorithm.Ed25519.Verify(key, signed, Convert.FromBase64String(one[4..])));
}
`;

const HASHES = { sha256: "HMACSHA256", sha512: "HMACSHA512", sha1: "HMACSHA1" } as const;

const hmac = ({ header, over, algorithm, encoding, prefix }: OwnHmac) => {
  const timed = over === "timestamp.body";
  const made = `${HASHES[algorithm]}.HashData(Encoding.UTF8.GetBytes(secret), signed)`;
  const text =
    encoding === "hex" ? `Convert.ToHexString(${made}).ToLowerInvariant()` : `Convert.ToBase64String(${made})`;
  return `${HEAD}
// body: the bytes as they came; of a GET the query string
static bool IsFromWaybell(IHeaderDictionary headers, byte[] body, string secret)
{
${timed ? `    string timestamp = headers["webhook-timestamp"].ToString();\n    ${FRESH}\n` : ""}    var signed = ${timed ? 'Encoding.UTF8.GetBytes(timestamp + ".").Concat(body).ToArray()' : "body"};
    var expected = Encoding.UTF8.GetBytes(${JSON.stringify(prefix)} + ${text});
    var given = Encoding.UTF8.GetBytes(headers[${JSON.stringify(header)}].ToString());
    return ${timed ? "fresh && " : ""}CryptographicOperations.FixedTimeEquals(given, expected);
}
`;
};

/** What verifies a request in C#. */
export function csharpCode(scheme: Scheme): string {
  if (scheme.kind === "hmac") return hmac(scheme);
  return scheme.kind === "standard" ? STANDARD : ED25519;
}
