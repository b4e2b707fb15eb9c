import { expect, test } from 'vitest';
import type { AppError } from '#common/base/app-error.ts';
import { requireSystem } from './system.ts';

// As the systems themselves have it.
const BOOKWORM = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
`;
const NOBLE = `PRETTY_NAME="Ubuntu 24.04.1 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
`;
const TRIXIE_TESTING = `PRETTY_NAME="Debian GNU/Linux forky/sid"\nNAME="Debian GNU/Linux"\nVERSION_CODENAME=forky\nID=debian\n`;
const FOCAL = `NAME="Ubuntu"\nID=ubuntu\nPRETTY_NAME="Ubuntu 20.04.6 LTS"\nVERSION_ID="20.04"\n`;
const MINT = `NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\nPRETTY_NAME="Linux Mint 22"\nVERSION_ID="22"\n`;
const ALPINE = `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n`;

test.each([
  ['Linux x86_64', BOOKWORM, 'Debian GNU/Linux 12 (bookworm), x86_64'],
  ['Linux aarch64', NOBLE, 'Ubuntu 24.04.1 LTS, aarch64'],
  ['Linux x86_64', TRIXIE_TESTING, 'Debian GNU/Linux forky/sid, x86_64'],
])('%s with a system that will do', (uname, osRelease, found) => {
  expect(requireSystem('box', { uname, osRelease })).toBe(found);
});

test.each([
  ['Linux x86_64', FOCAL, 'Ubuntu 20.04.6 LTS'],
  ['Linux x86_64', MINT, 'Linux Mint 22'],
  ['Linux x86_64', ALPINE, 'Alpine Linux v3.20'],
  ['Linux x86_64', undefined, 'Linux'],
  ['Darwin arm64', undefined, 'Darwin'],
  ['FreeBSD amd64', 'NAME=FreeBSD\nID=freebsd\nPRETTY_NAME="FreeBSD 14.1-RELEASE"\n', 'FreeBSD 14.1-RELEASE'],
  ['MINGW64_NT-10.0-22631 x86_64', undefined, 'an unknown system'],
  ['', undefined, 'an unknown system'],
])('%j is refused by name: %#', (uname, osRelease, found) => {
  expect(refusal(uname, osRelease)).toEqual({ code: 'host-system-unsupported', params: { host: 'box', found } });
});

test.each([
  ['Linux riscv64', 'riscv64'],
  ['Linux armv7l', 'armv7l'],
  ['Linux i686', 'i686'],
])('%s has the wrong architecture', (uname, architecture) => {
  expect(refusal(uname, BOOKWORM)).toEqual({ code: 'architecture-unsupported', params: { architecture } });
});

function refusal(uname: string, osRelease: string | undefined): unknown {
  try {
    requireSystem('box', { uname, osRelease });
    return undefined;
  } catch (error) {
    return (error as AppError).toShape();
  }
}
