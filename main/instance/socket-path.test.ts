import { expect, it } from 'vitest';
import { socketPath } from './socket-path.ts';

it('lies in the home', () => {
  expect(socketPath('/home/ada/.pilothouse', 'linux')).toBe('/home/ada/.pilothouse/instance.sock');
});

it('lies elsewhere where the path would be too long for a socket, one for each home', () => {
  const long = `/home/${'x'.repeat(120)}`;
  const found = socketPath(long, 'linux');
  expect(found).toMatch(/pilothouse-[0-9a-f]{16}\/instance\.sock$/);
  expect(socketPath(`${long}y`, 'linux')).not.toBe(found);
});

it('is a pipe on Windows', () => {
  expect(socketPath('C:\\Users\\ada\\.pilothouse', 'win32')).toMatch(/^\\\\\.\\pipe\\pilothouse-[0-9a-f]{16}$/);
});
