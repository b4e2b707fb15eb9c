import { describe, expect, it } from 'vitest';
import { allFeatures, type Feature } from '../../test/conformance/features.ts';
import { outcomesIn } from './outcomes.ts';
import { boardText, standings } from './standings.ts';

const feature = (id: string, missing?: Feature['missing']): Feature => ({
  area: 'node',
  id,
  title: `about ${id}`,
  lines: { api: 3 },
  ...(missing === undefined ? {} : { missing }),
});

const report = (checks: Readonly<Record<string, string>>): unknown => ({
  testResults: [{ assertionResults: Object.entries(checks).map(([fullName, status]) => ({ fullName, status })) }],
});

describe('the scoreboard', () => {
  it('knows all features, each once, and all lines', () => {
    expect(allFeatures).toHaveLength(92);
    expect(new Set(allFeatures.map(({ id }) => id)).size).toBe(92);
    const lines = allFeatures.flatMap((one) => Object.values(one.lines));
    expect(lines.reduce((sum, count) => sum + count, 0)).toBe(424);
  });

  it('counts a feature as passing when all of its checks did, in whatever suite', () => {
    const outcomes = [
      ...outcomesIn(report({ 'a [AA01] one': 'passed', 'a [AA02] two': 'passed', 'of no feature': 'failed' })),
      ...outcomesIn(
        report({ 'b [AA02] three': 'failed', 'b [AA03][AA01] four': 'passed', 'b [AA04] five': 'skipped' }),
      ),
    ];
    const features = ['AA01', 'AA02', 'AA04', 'AA05'].map((id) => feature(id));
    const board = standings([...features, feature('AA03', { api: { lines: 1, what: 'the rest' } })], outcomes);
    expect(board.rows.map(({ standing }) => standing)).toEqual(['passing', 'failing', 'failing', 'not yet', 'partly']);
    expect(board.unknown).toEqual([]);
    expect(boardText(board)).toContain('did not pass: b [AA02] three');
    expect(boardText(board)).toContain('partly   AA03 about AA03 (api 2 of 3) - without the rest');
    // Three of AA01, and two of AA03.
    expect(boardText(board)).toContain('lines: api 5 of 15');
    expect(boardText(board)).toContain('all: 1 passing, 1 partly, 2 failing, 1 not yet');
  });

  it('tells of checks that name a feature which is none', () => {
    expect(standings([feature('AA01')], outcomesIn(report({ '[ZZ99] what': 'passed' }))).unknown).toEqual(['ZZ99']);
  });
});
