import type { Command } from 'commander';
import { z } from 'zod';
import type { ClusterSummary } from '#common/contract/cluster.ts';
import type { Finding } from '#common/contract/finding.ts';
import { checkNames, type CheckName } from '#common/i18n/checks.ts';
import { errorTexts } from '#common/i18n/errors.ts';
import { addCommand, withInstance } from './command.ts';
import { outputOptions, printJson, printLine } from './output/output.ts';
import { say } from './output/words.ts';

const MARKS = { ok: '✓', warning: '!', failed: '✗' } as const;

/** `pilothouse doctor`: whether this computer can make machines, in each way there is; fails when in none. */
export function addDoctor(parent: Command): void {
  addCommand(parent, 'doctor', 'checks this computer, and tells what to do about what is missing').action(
    withInstance(z.object(outputOptions), async (instance, { json }) => {
      const { providers } = await instance.call('app.info', {});
      const found = await Promise.all(
        providers.filter(makesMachines).map(async (provider) => {
          const { findings } = await instance.first('machines.preflight', { provider }, ({ finished }) => finished);
          return { provider, usable: findings.every(({ outcome }) => outcome !== 'failed'), findings };
        }),
      );
      if (json) printJson(found);
      else {
        for (const { provider, usable, findings } of found) {
          printLine(`${provider}: ${usable ? 'ready' : 'not usable here'}`);
          for (const finding of findings) printLine(describe(finding));
          printLine('');
        }
      }
      if (!found.some(({ usable }) => usable)) process.exitCode = 2;
    }),
  );
}

/** Machines that the user has are looked at where they are named; without them there is nothing to find out. */
function makesMachines(provider: ClusterSummary['provider']): boolean {
  return provider !== 'ssh';
}

function describe({ check, outcome, detail, code, params }: Finding): string {
  const name = Object.hasOwn(checkNames, check) ? say(checkNames[check as CheckName]) : check;
  const line = `  ${MARKS[outcome]} ${name}${detail === undefined ? '' : `: ${detail}`}`;
  if (code === undefined) return line;
  const { title, advice } = errorTexts[code];
  return `${line}\n      ${say(title, params)}\n      ${say(advice, params)}`;
}
