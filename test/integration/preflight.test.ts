import { execa } from 'execa';
import { IntlMessageFormat } from 'intl-messageformat';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findingSchema, type Finding } from '#common/contract/finding.ts';
import { checkNames, type CheckName } from '#common/i18n/checks.ts';
import { errorTexts } from '#common/i18n/errors.ts';
import { localeSchema } from '#common/i18n/locale.ts';
import { ROOT } from '../../scripts/build/task.ts';
import { findTool } from '../../main/machines/host-tool.ts';

const isRoot = process.getuid?.() === 0;
const runsEverything = process.env['CI'] === 'true';
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-preflight-'));
});
afterAll(() => rm(directory, { recursive: true }));

const eventsSchema = z.array(z.object({ finished: z.boolean(), findings: z.array(findingSchema) }));
type Events = z.infer<typeof eventsSchema>;

/** The checks as the window is told of them, in a process of its own that first does what `before` says. */
async function preflight(before: string, wrapper: readonly string[] = []): Promise<Events> {
  const importOf = (file: string): string => JSON.stringify(path.join(ROOT, file));
  const source = `
    import { execFileSync } from 'node:child_process';
    import { realClock } from '#common/base/clock.ts';
    import { silentLog } from '#common/base/log.ts';
    import { namespaceProvider } from ${importOf('main/machines/namespace/provider.ts')};
    import { runPreflight } from ${importOf('main/clusters/preflight.ts')};
    ${before}
    const [stateDirectory, cacheDirectory] = process.argv.slice(1);
    const provider = namespaceProvider({ stateDirectory, cacheDirectory, clock: realClock, log: silentLog });
    const events = [];
    await runPreflight(provider, (event) => events.push(event), new AbortController().signal);
    console.log(JSON.stringify(events));`;
  const command = [
    ...wrapper,
    process.execPath,
    '--input-type=module',
    '--eval',
    source,
    path.join(directory, 'machines'),
    path.join(directory, 'cache'),
  ];
  const { stdout } = await execa(command[0]!, command.slice(1), { cwd: ROOT });
  return eventsSchema.parse(JSON.parse(stdout));
}

/** Name, cause and fix of a finding, in both languages, as the window renders them. */
function textsOf(finding: Finding): string[] {
  const name = checkNames[finding.check as CheckName];
  const { title, advice } = errorTexts[finding.code!];
  return localeSchema.options.flatMap((locale) =>
    [name[locale], title[locale], advice[locale]].map((text) =>
      String(new IntlMessageFormat(text, locale).format(finding.params)),
    ),
  );
}

/** A place that no param fills makes the formatter throw. */
function expectTold(events: Events): Finding[] {
  expect(events[0]).toEqual({ finished: false, findings: [] });
  expect(events.at(-1)!.finished).toBe(true);
  const { findings } = events.at(-1)!;
  for (const finding of findings) {
    if (finding.outcome === 'ok') expect(finding.detail).toBeTruthy();
    else expect(textsOf(finding).every((text) => text.length > 0)).toBe(true);
  }
  return findings;
}

describe('a computer', () => {
  it('whose user is not root is told so, in both languages, and of the rest that can be known', async () => {
    const findings = expectTold(await preflight(isRoot ? 'process.setgid(65534); process.setuid(65534);' : ''));
    const finding = findings.find(({ check }) => check === 'administrator')!;
    expect(finding).toMatchObject({ outcome: 'failed', code: 'not-root' });
    expect(textsOf(finding)).toEqual([
      'Administrator rights',
      'Administrator rights are missing',
      'Nodes on this computer need root. Start Pilothouse as root, for example with sudo.',
      '管理员权限',
      '缺少管理员权限',
      '在本机上创建节点需要 root 权限。请以 root 身份启动 Pilothouse，例如使用 sudo。',
    ]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['operating-system', 'tools', 'memory', 'disk-cache', 'disk-state', 'state-file-system']),
    );
  });

  it.runIf(isRoot || runsEverything)('that lacks programs is told which, and how to get each', async () => {
    const hidden = ['mmdebstrap', 'unshare'] as const;
    const files = await Promise.all(hidden.map((tool) => findTool(tool)));
    expect(files).not.toContain(undefined);
    // In a mount namespace of its own: nobody else misses them.
    const hide = files
      .map((file) => `execFileSync('mount', ['--bind', '/dev/null', ${JSON.stringify(file)}]);`)
      .join('\n');
    const findings = expectTold(await preflight(hide, [files[1]!, '--mount', '--']));
    expect(findings.filter(({ check }) => check === 'tools')).toEqual([
      {
        check: 'tools',
        outcome: 'failed',
        code: 'tool-missing',
        params: { tool: 'mmdebstrap', package: 'mmdebstrap' },
      },
      { check: 'tools', outcome: 'failed', code: 'tool-missing', params: { tool: 'unshare', package: 'util-linux' } },
    ]);
    expect(textsOf(findings.find(({ code }) => code === 'tool-missing')!)).toEqual([
      'Required programs',
      'The program mmdebstrap is not installed',
      'Install it: apt-get install mmdebstrap',
      '所需程序',
      '未安装程序 mmdebstrap',
      '请安装：apt-get install mmdebstrap',
    ]);
  });

  it.runIf(isRoot || runsEverything)('that has everything is told what was found', async () => {
    const findings = expectTold(await preflight(''));
    expect(findings.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['kernel', 'address-ranges', 'distribution']),
    );
  });
});
