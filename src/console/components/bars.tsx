import { scaleBand, scaleLinear } from "d3-scale";
import { usePage } from "./use-page.js";

/** What is stacked on each bar, from the bottom; `tone` chooses the colour. */
export interface Series {
  readonly tone: "delivered" | "failed" | "waiting";
  readonly label: string;
}

export interface Bar {
  readonly key: string;
  /** When it was, in full. */
  readonly label: string;
  /** Written below the chart; left out for most. */
  readonly tick?: string | undefined;
  /** One of each series. */
  readonly values: readonly number[];
}

interface BarsProps {
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  readonly series: readonly Series[];
  readonly bars: readonly Bar[];
}

const [WIDTH, HEIGHT] = [480, 190] as const;
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 18, 10, 22] as const;
const GRID_LINES = 3;

function StackedBar({ bar, series, x, width, y }: Place) {
  const { format } = usePage();
  let below = 0;
  const said = series.map(({ label }, at) => `${label}: ${format.number(bar.values[at] ?? 0)}`).join(", ");
  return (
    <g>
      <title>{`${bar.label} – ${said}`}</title>
      {/* The whole height can be pointed at, so that what was small can be read too. */}
      <rect class="reach" x={x} y={TOP} width={width} height={HEIGHT - TOP - BOTTOM} />
      {series.map(({ tone }, at) => {
        const value = bar.values[at] ?? 0;
        if (value === 0) return null;
        const [bottom, top] = [y(below), y(below + value)];
        below += value;
        // What there is can be seen, however little it is beside the others.
        const height = Math.max(bottom - top, 1);
        return (
          <rect
            key={tone}
            class={tone}
            x={x}
            y={bottom - height}
            width={width}
            height={height}
            rx={width > 6 ? 1.5 : 0.5}
          />
        );
      })}
    </g>
  );
}

interface Place {
  readonly bar: Bar;
  readonly series: readonly Series[];
  readonly x: number;
  readonly width: number;
  y(value: number): number;
}

/** Stacked bars, drawn on the server: coloured by the style sheet, each with its numbers on pointing at it. */
export function Bars({ label, series, bars }: BarsProps) {
  const { format } = usePage();
  const totals = bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  const x = scaleBand<string>()
    .domain(bars.map(({ key }) => key))
    .range([LEFT, WIDTH - RIGHT])
    .padding(0.18);
  const y = scaleLinear()
    .domain([0, Math.max(4, ...totals)])
    .nice(GRID_LINES)
    .range([HEIGHT - BOTTOM, TOP]);
  const round = (value: number) => Math.round(value * 10) / 10;
  const lines = y.ticks(GRID_LINES).filter((value) => Number.isInteger(value));
  return (
    <>
      <ul class="legend">
        {series.map(({ tone, label: name }) => (
          <li key={tone}>
            <svg class="chart" viewBox="0 0 10 10" aria-hidden="true">
              <rect class={tone} width="10" height="10" rx="2" />
            </svg>
            {name}
          </li>
        ))}
      </ul>
      <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        {lines.map((value) => (
          <g key={value}>
            <line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={round(y(value))} y2={round(y(value))} />
            <text x={LEFT - 6} y={round(y(value)) + 4} text-anchor="end">
              {format.compact(value)}
            </text>
          </g>
        ))}
        {bars.map((bar) => (
          <StackedBar
            key={bar.key}
            bar={bar}
            series={series}
            x={round(x(bar.key) ?? 0)}
            width={round(x.bandwidth())}
            y={(value) => round(y(value))}
          />
        ))}
        {bars.map(({ key, tick }) =>
          tick === undefined ? null : (
            <text key={key} x={round((x(key) ?? 0) + x.bandwidth() / 2)} y={HEIGHT - 5} text-anchor="middle">
              {tick}
            </text>
          ),
        )}
      </svg>
    </>
  );
}
