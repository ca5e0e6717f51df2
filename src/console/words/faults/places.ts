import type { Word } from "../../word.js";
import { common, languageNames } from "../common.js";
import { customers } from "../customers.js";
import { keyWords } from "../keys.js";
import { fileOptions } from "../options/files.js";
import { httpOptions } from "../options/http.js";
import type { OptionWords } from "../options/option.js";
import { templateOptions } from "../options/templates.js";
import { setting } from "../setting.js";
import { statusWords } from "../statuses.js";
import { userWords } from "../users.js";

const labels = (prefix: string, words: OptionWords): Readonly<Record<string, Word>> =>
  Object.fromEntries(Object.entries(words).map(([name, { label }]) => [`${prefix}.${name}`, label]));

const languages = Object.fromEntries(
  Object.entries(languageNames).map(([language, word]) => [`descriptions.${language}`, word]),
);

/** What forms call the fields of what they send, by their places with dots. */
export const places: Readonly<Record<string, Word>> = {
  ...labels("transport", { ...fileOptions, ...httpOptions }),
  ...labels("template", templateOptions),
  ...languages,
  name: common.name,
  customer: common.customer,
  order: common.order,
  status: common.status,
  state: common.state,
  from: common.from,
  to: common.to,
  code: statusWords.code,
  email: userWords.email,
  role: userWords.role,
  language: customers.language,
  expiresAt: keyWords.expires,
  emails: customers.emails,
  retentionDays: customers.retentionDays,
  payloadDays: customers.payloadDays,
  timeZone: setting.timeZone,
  timeoutSeconds: setting.timeout,
  "filter.statuses": setting.statuses,
  "filter.statusCodes": setting.codes,
  "filter.sources": setting.sources,
  "filter.from": common.from,
  "filter.to": common.to,
  "filter.state": common.state,
  "filter.customer": common.customer,
  "filter.order": common.order,
  "success.statusCodes": setting.successCodes,
  "success.bodyIncludes": setting.bodyIncludes,
  "retry.schedule": setting.schedule,
  "retry.giveUpAfter": setting.giveUpAfter,
  "limits.concurrency": setting.concurrency,
  "limits.rate": setting.rateCount,
  "limits.rate.count": setting.rateCount,
  "limits.rate.per": setting.ratePer,
  "limits.order": setting.order,
  "limits.overtakeAfter": setting.overtakeAfter,
  "limits.batch.maxEvents": setting.maxEvents,
  "limits.batch.maxWait": setting.maxWait,
  "limits.quietHours": setting.quietHours,
  "limits.shards": setting.shards,
  "alerts.emails": setting.emails,
  "alerts.language": setting.language,
};
