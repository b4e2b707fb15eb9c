/** Whether a version of the app (semver, compared by its three numbers) comes after another. */
export function isNewer(version: string, than: string): boolean {
  const [left, right] = [numbersOf(version), numbersOf(than)];
  const differing = left.findIndex((part, index) => part !== right[index]);
  return differing >= 0 && left[differing]! > right[differing]!;
}

function numbersOf(version: string): readonly number[] {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return [major, minor, patch].map((part) => Number(part ?? 0));
}
