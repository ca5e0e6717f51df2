/** How an endpoint's requests are signed, as far as a receiver must know to verify them. */
export type Scheme =
  /** Standard Webhooks; `ed25519`: by a key of which the receiver has the public half. */
  | { readonly kind: "standard" | "ed25519" }
  /** A header of the receiver's own choice. */
  | {
      readonly kind: "hmac";
      readonly header: string;
      readonly over: "body" | "timestamp.body";
      readonly algorithm: "sha256" | "sha512" | "sha1";
      readonly encoding: "hex" | "base64";
      readonly prefix: string;
    };

export type OwnHmac = Extract<Scheme, { kind: "hmac" }>;

/** How old a request may be, in seconds: whoever has recorded one must not be able to send it again later. */
export const FRESH_SECONDS = 300;
