import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fillTemplate } from './template.ts';

test('every place is filled', () => {
  expect(fillTemplate('a = "{{a}}"\nb = {{b}} {{a}}', { a: 'x$&', b: false })).toBe('a = "x$&"\nb = false x$&');
});

test('a place without a value, or a value without a place, is a mistake of ours', () => {
  expect(() => fillTemplate('{{a}}', {})).toThrow('asks for a');
  expect(() => fillTemplate('text', { a: 'x' })).toThrow('asks for a');
});

test('the unit that runs the agent leaves its pods alone and comes back', () => {
  const unit = readFileSync(path.join(import.meta.dirname, '../../resources/node/pilothouse-agent.service'), 'utf8');
  for (const line of ['Restart=always', 'Delegate=yes', 'KillMode=process']) expect(unit).toContain(`\n${line}\n`);
});
