import { scaleLinear } from "d3-scale";
import { usePage } from "../../components/use-page.js";
import { steps as names, detail as words } from "../../words/attempts.js";

const HEIGHT = 14;
const WIDTH = 600;
/** A step that took nothing to speak of is seen all the same. */
const LEAST = 2;

const ORDER = Object.keys(names) as (keyof typeof names)[];

const isKnown = (step: string): step is keyof typeof names => Object.hasOwn(names, step);
const placeOf = (step: string): number => (isKnown(step) ? ORDER.indexOf(step) : ORDER.length);

/** How the time of an attempt was spent: a bar of its steps, and the same in words. */
export function Steps({ timings, isHttp }: StepsProps) {
  const { t, format } = usePage();
  const taken = Object.entries(timings)
    .filter(([, ms]) => ms >= 0)
    .sort(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([step, ms]) => ({ step, ms, name: isKnown(step) ? t(names[step]) : step }));
  if (taken.length === 0) return null;
  const total = taken.reduce((sum, { ms }) => sum + ms, 0);
  const scale = scaleLinear([0, Math.max(total, 0.001)], [0, WIDTH - LEAST * taken.length]);
  let at = 0;
  const bars = taken.map(({ step, ms }) => {
    const width = scale(ms) + LEAST;
    at += width;
    return (
      <rect
        key={step}
        class={`spent-on spent-${isKnown(step) ? step : "other"}`}
        x={at - width}
        y="0"
        width={width}
        height={HEIGHT}
      />
    );
  });
  const isReused = isHttp && timings.connect === undefined && timings.send !== undefined;
  return (
    <figure class="spent">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" class="spent-bar" aria-hidden="true">
        {bars}
      </svg>
      <figcaption>
        <ul class="legend" aria-label={t(words.steps)}>
          {taken.map(({ step, ms, name }) => (
            <li key={step}>
              <svg viewBox="0 0 10 10" aria-hidden="true">
                <rect class={`spent-on spent-${isKnown(step) ? step : "other"}`} width="10" height="10" rx="2" />
              </svg>
              {name} {format.duration(ms)}
            </li>
          ))}
          {isReused && <li>{t(words.reused)}</li>}
        </ul>
      </figcaption>
    </figure>
  );
}

interface StepsProps {
  /** Milliseconds of each. */
  readonly timings: Readonly<Record<string, number>>;
  readonly isHttp: boolean;
}
