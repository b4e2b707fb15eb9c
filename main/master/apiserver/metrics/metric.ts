/** Prometheus text exposition format 0.0.4. */

export type Labels = Readonly<Record<string, string>>;

/** Something that can be read as lines of the format. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  samples(): Iterable<string>;
}

/** A number for each set of labels: how often something happened. Labels must come from a small, known set. */
export class Counter implements Metric {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  /** `labels` is what `labelText` made. */
  add(labels: string): void {
    this.#values.set(labels, (this.#values.get(labels) ?? 0) + 1);
  }

  *samples(): Iterable<string> {
    for (const [labels, value] of this.#values) yield `${this.name}${braced(labels)} ${value}`;
  }
}

/** A number that is looked up when it is asked for. */
export class Gauge implements Metric {
  readonly type: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly #read: () => Iterable<readonly [Labels, number]>;

  constructor(
    name: string,
    help: string,
    read: () => Iterable<readonly [Labels, number]>,
    type: 'gauge' | 'counter' = 'gauge',
  ) {
    this.name = name;
    this.help = help;
    this.#read = read;
    this.type = type;
  }

  *samples(): Iterable<string> {
    for (const [labels, value] of this.#read()) yield `${this.name}${braced(labelText(labels))} ${value}`;
  }
}

interface Observed {
  readonly counts: Uint32Array;
  count: number;
  sum: number;
}

/** How many values were at most so large, for each set of labels. */
export class Histogram implements Metric {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  readonly #observed = new Map<string, Observed>();

  /** `bounds` ascend. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
  }

  observe(labels: string, value: number): void {
    let observed = this.#observed.get(labels);
    if (!observed) {
      observed = { counts: new Uint32Array(this.#bounds.length), count: 0, sum: 0 };
      this.#observed.set(labels, observed);
    }
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) observed.counts[bucket]!++;
    observed.count++;
    observed.sum += value;
  }

  *samples(): Iterable<string> {
    for (const [labels, { counts, count, sum }] of this.#observed) {
      const prefix = labels === '' ? '' : `${labels},`;
      let total = 0;
      for (const [index, bound] of this.#bounds.entries()) {
        total += counts[index]!;
        yield `${this.name}_bucket{${prefix}le="${bound}"} ${total}`;
      }
      yield `${this.name}_bucket{${prefix}le="+Inf"} ${count}`;
      yield `${this.name}_sum${braced(labels)} ${sum}`;
      yield `${this.name}_count${braced(labels)} ${count}`;
    }
  }
}

/** `a="1",b="2"` */
export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`,
    )
    .join(',');
}

export function metricsText(metrics: readonly Metric[]): string {
  const lines: string[] = [];
  for (const metric of metrics) {
    lines.push(`# HELP ${metric.name} ${metric.help}`, `# TYPE ${metric.name} ${metric.type}`, ...metric.samples());
  }
  return `${lines.join('\n')}\n`;
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}
