/**
 * Replaces `$(NAME)` by what the variable holds (third_party/forked/golang/expansion). Unknown names stay
 * as they are written; `$$` is a dollar sign, so `$$(NAME)` is never replaced.
 */
export function expand(text: string, variables: Pick<ReadonlyMap<string, string>, 'get'>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (written, name: string | undefined) =>
    name === undefined ? '$' : (variables.get(name) ?? written),
  );
}
