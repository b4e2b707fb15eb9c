import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';

const user = { home: '/home/ada.l', name: 'ada.l' };

describe('a text for others', () => {
  it.each([
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter', '[hidden]\nafter'],
    ['-----BEGIN PRIVATE KEY-----\ncut off', '[hidden]'],
    ['got eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl now', 'got [hidden] now'],
    ['join with abcdef.0123456789abcdef', 'join with [hidden]'],
    ['    client-key-data: LS0tLS1CRUdJTg==', '    client-key-data: [hidden]'],
    ['{"token":"s3cr3t","kind":"x"}', '{"token":"[hidden]","kind":"x"}'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [hidden]'],
    ['PASSWORD=hunter2 next', 'PASSWORD=[hidden] next'],
    ['proxy https://ada:pw@proxy.example:8080/', 'proxy https://[hidden]@proxy.example:8080/'],
    ['in /home/ada.l/.pilothouse, of ada.l', 'in ~/.pilothouse, of user'],
  ])('hides what is secret in %j', (text, safe) => {
    expect(redact(text, user)).toBe(safe);
  });

  it.each(['pod web-1 on demo-1 at 10.244.1.7:8080', 'image docker.io/library/web:1.2.3', 'sha256:0a1b2c'])(
    'leaves %j as it is',
    (text) => expect(redact(text, user)).toBe(text),
  );
});
