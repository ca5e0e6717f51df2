import { Csrf } from "../../components/form.js";
import { Moment } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import { backlog as words } from "../../words/backlog.js";
import { endpoints } from "../../words/endpoints.js";

/** What waits for an endpoint, as the API tells it. */
export interface Backlog {
  readonly waiting: number;
  readonly waitingMore: boolean;
  readonly since: string | null;
  readonly latestPerOrder: { readonly looked: number; readonly canceled: number };
}

const CHOICES = ["send-all", "latest-per-order", "cancel"] as const;

/** How many deliveries wait, and since when. */
function Waiting({ backlog: { waiting, since }, count }: { readonly backlog: Backlog; readonly count: string }) {
  const { t } = usePage();
  if (waiting === 0) return <p>{t(words.nothing)}</p>;
  return (
    <p>
      {waiting === 1 ? t(words.oneWaits) : t(words.waits)(count)} {t(words.oldest)} <Moment at={since} />.
    </p>
  );
}

/** Makes an endpoint active again, with what each choice would do to what waits for it. */
export function Resume({ id, backlog }: { readonly id: string; readonly backlog: Backlog }) {
  const { t, format } = usePage();
  const { waiting, waitingMore, latestPerOrder } = backlog;
  const { looked, canceled } = latestPerOrder;
  const number = format.number(waiting);
  const count = waitingMore ? t(words.orMore)(number) : number;
  const isWhole = !waitingMore && looked === waiting;
  const effects = {
    "send-all": t(words.sendsAll)(count),
    "latest-per-order": isWhole
      ? t(words.sendsLatest)(format.number(waiting - canceled), format.number(canceled))
      : t(words.sendsLatestOf)(format.number(looked), format.number(canceled)),
    cancel: t(words.cancelsAll)(count),
  };
  return (
    <form method="post" action={`/endpoints/${id}/resume`}>
      <Csrf />
      <Waiting backlog={backlog} count={count} />
      <fieldset class="effects">
        <legend>{t(endpoints.backlog)}</legend>
        {CHOICES.map((choice) => (
          <div key={choice}>
            <label>
              <input
                type="radio"
                name="deliveries"
                value={choice}
                checked={choice === "send-all"}
                aria-describedby={waiting > 0 ? `effect-${choice}` : undefined}
              />{" "}
              {t(endpoints[choice])}
            </label>
            {waiting > 0 && (
              <p class="muted small" id={`effect-${choice}`}>
                {effects[choice]}
              </p>
            )}
          </div>
        ))}
      </fieldset>
      <button type="submit" class="button primary">
        {t(endpoints.resume)}
      </button>
    </form>
  );
}
