import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What is looked for on the PATH (or as a file), and the package of Debian and Ubuntu that brings it. */
const MACHINES = [
  { find: 'mmdebstrap', package: 'mmdebstrap', for: 'machines on this computer' },
  { find: 'ip', package: 'iproute2', for: 'machines on this computer' },
  { find: 'unshare', package: 'util-linux', for: 'machines on this computer' },
];
const TESTS = [
  { find: 'chromium', package: 'chromium', for: 'the tests of the window' },
  { find: 'kubectl', package: 'kubernetes-client', for: 'the tests with kubectl' },
  { find: 'openssl', package: 'openssl', for: 'the tests of certificates' },
  {
    find: '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc',
    package: 'fonts-noto-cjk',
    for: 'pictures of the window in Chinese',
  },
];

/**
 * Installs the missing packages on Debian and Ubuntu as root; elsewhere tells how, and what goes without.
 * Returns what is still missing. With CI=true nothing may be.
 */
export function ensureHostPackages(task, quick) {
  if (process.platform !== 'linux' || quick) return [];
  const wanted = task === 'start' ? MACHINES : [...MACHINES, ...TESTS];
  let missing = wanted.filter(({ find }) => !isPresent(find));
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map((item) => item.package))];
  if (isDebian() && process.getuid?.() === 0) {
    console.log(`Installing with apt-get: ${packages.join(' ')}`);
    install(packages);
    missing = missing.filter(({ find }) => !isPresent(find));
  }
  if (missing.length === 0) return [];
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  for (const item of missing) console.warn(`Missing: ${item.find} (for ${item.for})`);
  console.warn(isDebian() ? `Run as root: ${command}` : 'Install them with the package manager of this system.');
  if (process.env.CI === 'true') {
    console.error('CI=true: nothing may be left out.');
    process.exit(1);
  }
  return missing.map(({ find }) => find);
}

function install(packages) {
  const apt = (...args) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=600', '-qq', '-y', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  const all = ['install', '--no-install-recommends', ...packages];
  // A machine whose lists are old or empty finds nothing at first.
  if (!apt(...all)) {
    apt('update');
    apt(...all);
  }
}

function isDebian() {
  const file = '/etc/os-release';
  if (!existsSync(file)) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync(file, 'utf8'));
}

function isPresent(find) {
  if (path.isAbsolute(find)) return existsSync(find);
  return [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(path.join(folder, find), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
