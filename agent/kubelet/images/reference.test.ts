import { describe, expect, it } from 'vitest';
import { normalizeReference } from './reference.ts';

describe('the full name of an image', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['bitnami/nginx', 'docker.io/bitnami/nginx:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/library/nginx:1', 'docker.io/library/nginx:1'],
    ['pilothouse.local/web:1', 'pilothouse.local/web:1'],
    ['pilothouse.local/web', 'pilothouse.local/web:latest'],
    ['localhost/web', 'localhost/web:latest'],
    ['registry:5000/a/b', 'registry:5000/a/b:latest'],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [digest, digest],
  ])('of %s is %s', (reference, name) => {
    expect(normalizeReference(reference)).toBe(name);
  });
});
