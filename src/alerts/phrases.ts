/** The sentences of alert mails, whole in each language. Numbers and times come in as texts of that language. */
export interface Phrases {
  /** For numbers. */
  readonly locale: string;
  /** Between a label and its value. */
  readonly colon: string;
  readonly subject: {
    readonly outage: (name: string, count: number) => string;
    readonly more: (name: string, count: number) => string;
    readonly recovery: (name: string, count: number) => string;
    readonly givenUp: (name: string, count: number) => string;
    readonly internal: (name: string, count: number) => string;
    readonly held: (name: string) => string;
    readonly disabling: (name: string, when: string) => string;
    readonly disabled: (name: string) => string;
  };
  readonly intro: {
    readonly outage: (since: string) => string;
    readonly more: (since: string) => string;
    readonly recovery: (since: string, lasted: string) => string;
    readonly givenUp: string;
    readonly internal: string;
    readonly held: string;
    readonly disabling: (since: string, when: string) => string;
    readonly disabled: string;
    /** Of an endpoint that was disabled because it had failed for days. */
    readonly failedForDays: (since: string) => string;
  };
  /** What stands above a list. */
  readonly list: {
    readonly outage: (count: number) => string;
    readonly more: (count: number) => string;
    readonly delivered: (count: number) => string;
    readonly givenUp: (count: number) => string;
    readonly waiting: (count: number) => string;
  };
  readonly closing: {
    readonly outage: string;
    readonly partlyGivenUp: (count: number) => string;
    readonly stillWaiting: (count: number) => string;
    readonly allArrived: string;
    readonly givenUp: string;
    readonly internal: string;
    readonly held: string;
    /** How to prevent it. */
    readonly disabling: string;
    readonly disablingKeeps: string;
    readonly disabled: string;
  };
  readonly label: {
    readonly endpoint: string;
    readonly endpoints: string;
    readonly customer: string;
    readonly address: string;
    readonly reason: string;
    readonly detail: string;
    readonly change: string;
    readonly since: string;
    readonly disablesAt: string;
    readonly lasted: string;
    readonly order: string;
    /** Of the column that holds the barcode, the container or both. */
    readonly item: string;
    readonly status: string;
    readonly code: string;
    readonly description: string;
    readonly time: string;
    readonly why: string;
  };
  /** Which part of a long list stands in the mail. */
  readonly shown: (shown: string, total: string) => string;
  readonly attached: string;
  readonly attachedPart: (attached: string, total: string) => string;
  readonly rest: string;
  /** Instead of a link, where no address of the service is known. */
  readonly restWithoutLink: (path: string) => string;
  readonly zone: (timeZone: string) => string;
  readonly moreAddresses: (count: number) => string;
  readonly footer: string;
  readonly shortTime: string;
  readonly unit: Readonly<Record<"day" | "hour" | "minute", (count: number) => string>>;
}
