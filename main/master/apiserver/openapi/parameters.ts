export interface QueryParameter {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

function text(name: string, description: string): QueryParameter {
  return { name, type: 'string', description };
}

function whole(name: string, description: string): QueryParameter {
  return { name, type: 'integer', description };
}

function yesOrNo(name: string, description: string): QueryParameter {
  return { name, type: 'boolean', description };
}

const DRY_RUN = text('dryRun', 'Which stages of a modification are not persisted: All.');

export const PRETTY = text('pretty', 'If true, the output is made readable.');

export const WRITING: readonly QueryParameter[] = [
  DRY_RUN,
  text('fieldManager', 'Who makes the change.'),
  text('fieldValidation', 'What the server does with unknown and duplicate fields: Ignore, Warn or Strict.'),
];

export const DELETING: readonly QueryParameter[] = [
  DRY_RUN,
  whole('gracePeriodSeconds', 'How long the object has to finish; zero deletes at once.'),
  yesOrNo('orphanDependents', 'Deprecated: use propagationPolicy. Whether dependents stay.'),
  text('propagationPolicy', 'What becomes of dependents: Orphan, Background or Foreground.'),
];

export const LISTING: readonly QueryParameter[] = [
  text('continue', 'Where to go on in a list that was given in parts.'),
  text('fieldSelector', 'Which objects, by their fields.'),
  text('labelSelector', 'Which objects, by their labels.'),
  whole('limit', 'How many objects at most.'),
  text('resourceVersion', 'Of which state the answer is.'),
  text('resourceVersionMatch', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  yesOrNo('sendInitialEvents', 'Whether a watch begins with the objects that are there.'),
  whole('timeoutSeconds', 'After how long the call ends.'),
];

export const WATCHING: readonly QueryParameter[] = [
  yesOrNo('allowWatchBookmarks', 'Whether events of type BOOKMARK are sent.'),
  yesOrNo('watch', 'Whether changes are sent as they happen.'),
];

/** What the parts of a path stand for. */
export const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  name: 'The name of the object.',
  namespace: 'The namespace of the object.',
};

/** The parameters in braces of a path. */
export function pathParameters(path: string): readonly string[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name!);
}
