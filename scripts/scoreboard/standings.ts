import type { Feature, Needs } from '../../test/conformance/features.ts';
import type { Outcome } from './outcomes.ts';

/**
 * `passing`: every check of it passed. `partly`: the same, but some of its lines have no check yet.
 * `failing`: a check of it did not pass. `not yet`: nothing checks it.
 */
export type Standing = 'passing' | 'partly' | 'failing' | 'not yet';

export interface Row {
  readonly feature: Feature;
  readonly standing: Standing;
  /** Titles of the checks that did not pass. */
  readonly failed: readonly string[];
}

export interface Board {
  readonly rows: readonly Row[];
  /** Ids that checks name and no feature has. */
  readonly unknown: readonly string[];
}

export function standings(features: readonly Feature[], outcomes: readonly Outcome[]): Board {
  const known = new Set(features.map(({ id }) => id));
  const unknown = new Set(outcomes.map(({ feature }) => feature).filter((id) => !known.has(id)));
  const rows = features.map((feature): Row => {
    const own = outcomes.filter((outcome) => outcome.feature === feature.id);
    const failed = own.filter(({ passed }) => !passed).map(({ title }) => title);
    return { feature, standing: standingOf(feature, own.length, failed.length), failed };
  });
  return { rows, unknown: [...unknown].sort() };
}

function standingOf(feature: Feature, checks: number, failed: number): Standing {
  if (checks === 0) return 'not yet';
  if (failed > 0) return 'failing';
  return feature.missing === undefined ? 'passing' : 'partly';
}

/** One line per feature, by area, and the counts, of features and of the lines that they stand for. */
export function boardText({ rows }: Board): string {
  const areas = [...new Set(rows.map(({ feature }) => feature.area))].sort();
  const lines = areas.flatMap((area) => {
    const own = rows.filter(({ feature }) => feature.area === area);
    return [`\n${area}: ${countsText(own)}`, ...own.map(rowText)];
  });
  return [...lines, `\nall: ${countsText(rows)}`, `lines: ${linesText(rows)}`].join('\n').trimStart();
}

function rowText({ feature, standing, failed }: Row): string {
  const { id, title, lines, missing = {} } = feature;
  const counts = needsOf(feature).map((need) => {
    const all = lines[need] ?? 0;
    return `${need} ${standing === 'partly' ? `${coveredLines(feature, need)} of ${all}` : all}`;
  });
  const text = `  ${standing.padEnd(8)} ${id} ${title} (${counts.join(', ')})`;
  const without = [...new Set(Object.values(missing).map(({ what }) => what))].join(', ');
  const more = standing === 'partly' ? ` - without ${without}` : '';
  return [text + more, ...failed.map((check) => `             did not pass: ${check}`)].join('\n');
}

function countsText(rows: readonly Row[]): string {
  const count = (standing: Standing): number => rows.filter((row) => row.standing === standing).length;
  return `${count('passing')} passing, ${count('partly')} partly, ${count('failing')} failing, ${count('not yet')} not yet`;
}

/** How many lines pass, by what they need. */
function linesText(rows: readonly Row[]): string {
  const needs = [...new Set(rows.flatMap(({ feature }) => needsOf(feature)))];
  const sum = (need: Needs, count: (row: Row) => number): number =>
    rows.reduce((total, row) => total + (row.feature.lines[need] === undefined ? 0 : count(row)), 0);
  return needs
    .map((need) => {
      const passing = sum(need, ({ feature, standing }) =>
        standing === 'passing' || standing === 'partly' ? coveredLines(feature, need) : 0,
      );
      return `${need} ${passing} of ${sum(need, ({ feature }) => feature.lines[need] ?? 0)}`;
    })
    .join(', ');
}

function coveredLines({ lines, missing }: Feature, need: Needs): number {
  return (lines[need] ?? 0) - (missing?.[need]?.lines ?? 0);
}

function needsOf({ lines }: Feature): Needs[] {
  return Object.keys(lines) as Needs[];
}
