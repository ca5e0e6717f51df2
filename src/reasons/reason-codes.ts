/** Codes of failed attempts that have words of their own; `4xx` and the like stand for the rest of a hundred. */
export const REASON_CODES = [
  "dns",
  "connect",
  "proxy",
  "timeout",
  "reset",
  "tls",
  "client_certificate",
  "certificate_expired",
  "oauth_unavailable",
  "oauth_refused",
  "oauth_answer",
  "jwt_key",
  "login",
  "host_key",
  "host_key_unset",
  "protocol",
  "data_port",
  "size",
  "not_http",
  "http_2xx",
  "http_3xx",
  "http_400",
  "http_401",
  "http_403",
  "http_404",
  "http_405",
  "http_408",
  "http_410",
  "http_413",
  "http_415",
  "http_422",
  "http_429",
  "http_4xx",
  "http_500",
  "http_502",
  "http_503",
  "http_504",
  "http_5xx",
  "ftp_421",
  "ftp_425",
  "ftp_426",
  "ftp_450",
  "ftp_452",
  "ftp_4xx",
  "ftp_530",
  "ftp_550",
  "ftp_552",
  "ftp_553",
  "ftp_5xx",
  "sftp_2",
  "sftp_3",
  "sftp_4",
  "sftp_14",
  "sftp_15",
  "sftp_x",
  "address_refused",
  "url_invalid",
  "url_too_long",
  "too_large_to_sign",
  "not_a_query",
  "transport",
  "template",
  "format",
  "render",
  "one_event",
  "unsafe_content",
  "token_refused",
  "status_map",
  "template_x",
  "content_refused",
  "file_name",
  "internal",
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** Why a delivery was given up or canceled, as its row says it; rows keep theirs for as long as they are kept. */
export const GIVEN_UP_REASONS = [
  "attempts exhausted",
  "expired",
  "gone",
  "config",
  "internal",
  "canceled by hand",
  "canceled on resume",
  "superseded on resume",
  "superseded",
  "replaced",
  "endpoint deleted",
  "customer deleted",
  "purged",
  // Of an endpoint that was disabled: the moment follows.
  "nothing but failures since",
  // Of one that somebody has disabled: why follows, or who and why.
  "disabled by the operator",
  "disabled by",
  // Of one that somebody has paused without a reason of their own.
  "paused by hand",
] as const;
type GivenUpReason = (typeof GIVEN_UP_REASONS)[number];

/** Faults of a setting, for which mails say what to change. */
export const SETTING_CODES = [
  "host_key",
  "certificate_expired",
  "oauth_refused",
  "oauth_answer",
  "jwt_key",
  "address_refused",
  "url_invalid",
  "not_a_query",
  "transport",
  "template",
  "format",
  "one_event",
  "token_refused",
  "status_map",
  "template_x",
] as const satisfies readonly ReasonCode[];
type SettingCode = (typeof SETTING_CODES)[number];

export interface ReasonTexts {
  readonly codes: Readonly<Record<ReasonCode, string>>;
  readonly whatToChange: Readonly<Record<SettingCode | "other", string>>;
  readonly givenUp: Readonly<Record<GivenUpReason, string>>;
  /** The recorded English sentences that say more than their code, in this language. */
  readonly sentences: Readonly<Record<string, string>>;
}
