import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { agentConfigSchema, type AgentConfig } from '#common/contract/agent-config.ts';

export const DEFAULT_CONFIG_FILE = '/etc/pilothouse/agent.json';

/** Reads and checks the agent's configuration; the error names each field that is wrong. */
export async function readConfig(file: string): Promise<AgentConfig> {
  const text = await readFile(file, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON`, { cause: error });
  }
  const parsed = agentConfigSchema.safeParse(value);
  if (!parsed.success) throw new Error(`${file} is not usable:\n${z.prettifyError(parsed.error)}`);
  return Object.freeze(parsed.data);
}
