import type { Command } from 'commander';
import { z } from 'zod';
import { addCommand, withInstance } from '../command.ts';
import { outputOptions, printJson, printLine, printTable } from '../output/output.ts';

export function addClusterList(parent: Command): void {
  addCommand(parent, 'list', 'lists the clusters').action(
    withInstance(z.object(outputOptions), async (instance, { json }) => {
      const clusters = await instance.first('clusters.watch', {});
      if (json) printJson(clusters);
      else if (clusters.length === 0) printLine('There is no cluster yet; make one: pilothouse cluster create NAME');
      else {
        printTable(
          ['NAME', 'STATUS', 'PROVIDER', 'NODES', 'SERVER'],
          clusters.map(({ name, phase, provider, nodes, server = '' }) => {
            const running = nodes.filter(({ machine }) => machine === 'running').length;
            return [name, phase, provider, `${running}/${nodes.length}`, server];
          }),
        );
      }
    }),
  );
}
