/** Shorter ones in another form than their own would mask words that a server wrote itself. */
const SHORTEST = 6;

const known = new WeakMap<readonly string[], readonly string[]>();

/** As it is, and in the midst of a longer text, such as a whole header: without the characters that depend on the rest. */
function inBase64(secret: string): string[] {
  const whole = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  const inside = [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const text = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
    return text.slice(before === 0 ? 0 : 4);
  });
  return [whole, ...inside.filter((text) => text.length >= SHORTEST)];
}

/**
 * The forms in which a server can repeat a secret that it was sent: as it is, in a JSON text (also with its slashes escaped,
 * as PHP writes them), percent-encoded, as a form writes it, and in base64.
 */
function formsOf(secret: string): string[] {
  if (secret === "") return [];
  if (secret.length < SHORTEST) return [secret];
  const escaped = JSON.stringify(secret).slice(1, -1);
  // By its bytes: half of a surrogate pair has no percent-encoding.
  const percent = encodeURIComponent(Buffer.from(secret).toString());
  const base64 = inBase64(secret);
  const urlSafe = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const spaced = new URLSearchParams({ a: secret }).toString().slice(2);
  return [
    secret,
    escaped,
    escaped.replaceAll("/", "\\/"),
    percent,
    percent.toLowerCase(),
    spaced,
    ...base64,
    ...urlSafe,
  ];
}

/** The text with `mask` in the place of each secret, in every form. Forms are kept for as long as the list is in use. */
export function withoutSecrets(text: string, secrets: readonly string[], mask: string): string {
  if (text === "" || secrets.length === 0) return text;
  let forms = known.get(secrets);
  if (!forms) {
    // The longest first: one secret can be a part of another.
    forms = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length);
    known.set(secrets, forms);
  }
  let masked = text;
  for (const form of forms) if (masked.includes(form)) masked = masked.replaceAll(form, mask);
  return masked;
}
