import { afterEach, describe, expect, it } from "vitest";
import { LANGUAGES } from "../../src/schemas/endpoint.js";
import { HOUR, MINUTE, START, startWatching, type Watching } from "./lane-rows.js";

const DAY = 24 * HOUR;
const FAILED = {
  failure_fault: "connection",
  failure_code: "connect",
  failure_text: "The server refused the connection: nothing listens on this port.",
};
const PLANNED = { ...FAILED, only_failed_since: START - 4 * DAY, disables_at: START + DAY };

const WORDS = {
  en: {
    subject: "[Waybell] Acme ERP will be disabled on 20/07/2023 11:06:49",
    announced: [
      "Every attempt to send to this endpoint has failed since 15/07/2023 11:06:49. Unless one succeeds, Waybell disables the endpoint on 20/07/2023 11:06:49.",
      "Will be disabled on: 20/07/2023 11:06:49",
      "one status that arrives is enough",
      "Nothing is lost",
      "This status has not been sent:",
    ],
    disabled: [
      "[Waybell] Acme ERP is disabled",
      "has failed since 15/07/2023 11:06:49. Waybell has therefore disabled it",
    ],
  },
  nl: {
    subject: "[Waybell] Acme ERP wordt op 20/07/2023 11:06:49 uitgeschakeld",
    announced: [
      "Sinds 15/07/2023 11:06:49 is elke poging om naar deze webhook te versturen mislukt.",
      "Wordt uitgeschakeld op: 20/07/2023 11:06:49",
      "één status die aankomt, volstaat",
      "gaat er niets verloren",
      "Deze status is niet verstuurd:",
    ],
    disabled: ["[Waybell] Acme ERP is uitgeschakeld", "Daarom heeft Waybell hem uitgeschakeld."],
  },
  fr: {
    subject: "[Waybell] Acme ERP sera désactivé le 20/07/2023 11:06:49",
    announced: [
      "Depuis le 15/07/2023 11:06:49, toutes les tentatives d'envoi à ce webhook ont échoué.",
      "Sera désactivé le : 20/07/2023 11:06:49",
      "il suffit qu'un statut soit remis",
      "rien n'est perdu",
      "Ce statut n'a pas été envoyé :",
    ],
    disabled: ["[Waybell] Acme ERP est désactivé", "Waybell l'a donc désactivé et"],
  },
} as const;

describe("an endpoint that is to be disabled", () => {
  let rows: Watching;
  afterEach(() => rows.close());

  /** As the sweep does it. */
  async function disable(): Promise<void> {
    const now = rows.clock.now();
    const data = { state: "disabled", state_reason: "nothing but failures since then", updated_at: BigInt(now) };
    await rows.database.prisma.endpoint.update({ where: { id: "ep_1" }, data });
    await rows.setLane({ disables_at: null, disabled_at: now });
  }

  it.each(LANGUAGES)("is told once a day before, and once that it was, in %s", async (language) => {
    rows = await startWatching({ language, alertTo: ["ops@logistics.example"] });
    await rows.addDelivery();
    await rows.setLane(PLANNED);
    const [mail, ...others] = await rows.pass(23 * HOUR, MINUTE);
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ kind: "disabling", subject: WORDS[language].subject });
    expect(mail?.recipients).toEqual(["it@acme.example", "ops@logistics.example"]);
    for (const words of WORDS[language].announced) expect(mail?.text).toContain(words);
    expect(mail?.text).toContain("ASK000001");
    expect(mail?.csv).toContain("ASK000001");

    await disable();
    const [told, ...more] = await rows.pass(3 * HOUR, MINUTE);
    expect(more).toEqual([]);
    const [subject, words] = WORDS[language].disabled;
    expect(told).toMatchObject({ kind: "disabled", subject });
    expect(told?.text).toContain(words);
    expect(told?.text).toContain("ASK000001");
    const alerts = await rows.database.prisma.alert.findMany({ where: { kind: "disabling" } });
    expect(alerts).toMatchObject([{ closed_at: expect.any(BigInt) }]);
  });

  it("is told once, also by the next process, and though the clock moves its time", async () => {
    rows = await startWatching();
    await rows.setLane(PLANNED);
    expect(await rows.pass(MINUTE, 1000)).toHaveLength(1);
    await rows.setLane({ disables_at: START - 30 * DAY, only_failed_since: START - 90 * DAY });
    await rows.newWatch().look();
    expect(await rows.pass(2 * HOUR, MINUTE)).toEqual([]);
  });

  it("is told again when it was taken back and is planned anew, and not of what was taken back", async () => {
    rows = await startWatching();
    await rows.setLane(PLANNED);
    expect(await rows.pass(2000)).toHaveLength(1);
    await rows.setLane({ disables_at: null, only_failed_since: null });
    expect(await rows.pass(6 * DAY, HOUR)).toEqual([]);
    await rows.setLane({ only_failed_since: rows.clock.now() - 4 * DAY, disables_at: rows.clock.now() + DAY });
    expect((await rows.pass(2000)).map(({ kind }) => kind)).toEqual(["disabling"]);
  });

  it("is told to whoever comes where nobody was there, in an hour at most", async () => {
    rows = await startWatching({ emails: [] });
    await rows.database.prisma.customer.update({ where: { id: "acme" }, data: { emails: "[]" } });
    await rows.setLane(PLANNED);
    expect(await rows.pass(2 * HOUR, MINUTE)).toEqual([]);
    expect(rows.logged.some(({ msg }) => msg.startsWith("alert: nobody to tell"))).toBe(true);
    await rows.database.prisma.customer.update({ where: { id: "acme" }, data: { emails: '["new@acme.example"]' } });
    expect(await rows.pass(HOUR + MINUTE, MINUTE)).toMatchObject([
      { kind: "disabling", recipients: ["new@acme.example"] },
    ]);
  });

  it("that was deleted meanwhile is not told of", async () => {
    rows = await startWatching();
    await rows.database.prisma.endpoint.update({ where: { id: "ep_1" }, data: { deleted_at: BigInt(START) } });
    await rows.setLane(PLANNED);
    expect(await rows.pass(2 * HOUR, MINUTE)).toEqual([]);
  });
});
