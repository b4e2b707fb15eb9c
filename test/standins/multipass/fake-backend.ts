import type { Backend } from './backend.ts';
import type { Settings } from './settings.ts';

/** Instances that are files alone: they run at once, and hold what cloud-config wrote. */
export function fakeBackend(settings: Settings): Backend {
  return {
    create: async () => {},
    start: async (instance) => {
      const number = Buffer.from(instance.name).reduce((sum, byte) => sum + byte, 0) % 100;
      return `10.61.7.${20 + number + (settings.addressesMove ? instance.starts : 0)}`;
    },
    stop: async () => {},
    delete: async () => {},
    exec: async ({ cloudConfig }, [program, file]) => {
      if (program !== 'cat') return { exitCode: 127, stdout: '', stderr: `${program ?? ''}: command not found\n` };
      const found = cloudConfig.write_files.find(({ path }) => path === file);
      if (found) return { exitCode: 0, stdout: found.content, stderr: '' };
      return { exitCode: 1, stdout: '', stderr: `cat: ${file ?? ''}: No such file or directory\n` };
    },
  };
}
