const MAX_LENGTH = 12;
/** A namespace-style name never exceeds this; longer text is refused before any work. */
const MAX_NAME_LENGTH = 63;

/**
 * The token code of an environment that declares none: its name with all but `[a-z0-9]` removed, cut to
 * 12 characters. "pre-prod-eu-west" becomes "preprodeuwes".
 *
 * Two environments may share a code; it tells people where a token belongs, the key id tells machines.
 *
 * @throws {RangeError} if the name is longer than a DNS label or nothing of it is left.
 */
export function defaultTokenCode(environmentName: string): string {
  const code = environmentName.length > MAX_NAME_LENGTH ? '' : environmentName.replaceAll(/[^a-z0-9]/g, '');
  if (code === '') throw new RangeError('Cannot derive a token code: the environment name is not a DNS label');
  return code.slice(0, MAX_LENGTH);
}
