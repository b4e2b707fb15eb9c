import { expect, it } from 'vitest';
import { importedReferences } from './import-images.ts';

it.each([
  ['unpacking docker.io/library/web:1 (sha256:0123abc)...done\n', ['docker.io/library/web:1']],
  [
    'docker.io/library/web:1                 \tsaved\t\napplication/vnd.oci... sha256:0123\nImporting\telapsed: 0.1 s',
    ['docker.io/library/web:1'],
  ],
  ['', []],
])('reads the references in %j', (output, references) => {
  expect(importedReferences(output)).toEqual(references);
});
