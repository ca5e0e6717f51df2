/** What the steps of a connection test say that succeed, each by its code; of one that fails the code is that of attempts. */
export const checkSentences = {
  addresses: "{addresses}",
  connected: "connected to {address} port {port}",
  reached: "{address}:{port}",
  greeting: "{text}",
  tls_until: "{protocol}, certificate valid until {day}",
  tls_ready: "{protocol}",
  token_from: "A token was made: from {host}, valid for {seconds} s.",
  token_signed: "A token was made: signed with {algorithm}, valid for {seconds} s.",
  answered: "The server answers HTTP: {status} to an OPTIONS request. Nothing was delivered.",
  pinned: "{fingerprint}",
  logged_in: "logged in as {username}",
  written: "{bytes} bytes written",
  written_unsized: "written; the server does not tell its size",
} as const;
