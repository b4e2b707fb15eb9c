import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Figure, Unit } from './figure.ts';
import type { Machine } from './process-figures.ts';
import { judge, targets, type Verdict } from './targets.ts';

export interface Run {
  readonly date: string;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

const WORDS: Readonly<Record<Verdict, string>> = { met: 'yes', nearly: '>= 70 %', missed: 'no' };

/** The run as a Markdown table. */
export function tableOf({ date, machine, figures }: Run): string {
  const head = [
    'figure',
    'value',
    'p50 ms',
    'p99 ms',
    'target',
    'met',
    'kube-apiserver + etcd',
    'master CPU',
    'per CPU second',
    'other CPU',
  ];
  const rows = figures.map((figure) => {
    const target = targets[figure.id];
    const verdict = judge(figure);
    return [
      figure.title,
      valueText(figure.value, figure.unit),
      figure.p50 === undefined ? '' : number(figure.p50),
      figure.p99 === undefined ? '' : number(figure.p99),
      target
        ? `${figure.unit === 'per s' ? '>=' : '<='} ${valueText(target.value, figure.unit)}${target.p99 === undefined ? '' : `, p99 <= ${target.p99} ms`}`
        : '',
      verdict ? WORDS[verdict] : '',
      target?.upstream ?? '',
      figure.masterCpu === undefined ? '' : `${figure.masterCpu.toFixed(0)} %`,
      figure.unit === 'per s' && figure.masterCpu !== undefined ? number((figure.value * 100) / figure.masterCpu) : '',
      figure.otherCpu === undefined ? '' : `${figure.otherCpu.toFixed(0)} %`,
    ];
  });
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [
    `${date.slice(0, 10)}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node.js ${machine.node}, load average ${machine.loadAverage} before`,
    '',
    line(head),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(line),
  ].join('\n');
}

/** Writes the run to a file of its own, and gives its path. */
export async function writeRun(directory: string, run: Run): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, `${run.date.replaceAll(':', '-')}.json`);
  const judged = run.figures.map((figure) => ({ ...figure, target: targets[figure.id], verdict: judge(figure) }));
  await writeFile(file, `${JSON.stringify({ ...run, figures: judged }, undefined, 2)}\n`);
  return file;
}

function valueText(value: number, unit: Unit): string {
  switch (unit) {
    case 'per s':
      return `${number(value)}/s`;
    case 'ms':
      return `${number(value)} ms`;
    case 'bytes':
      return value >= 1e6 ? `${number(value / 1e6)} MB` : `${number(value / 1e3)} kB`;
    case 'times':
      return `${number(value)} times`;
    case '% of a core':
      return `${value.toFixed(2)} %`;
    default:
      return unit satisfies never;
  }
}

/** Three digits say enough. */
function number(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
