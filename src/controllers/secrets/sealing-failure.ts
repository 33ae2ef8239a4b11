import { KeywrightError } from '../../errors.ts';
import { RECORD_MAX_BYTES } from '../../sealing/record.ts';
import { SealingError } from '../../sealing/sealing-error.ts';

/**
 * What a pass gives up with when sealing or opening failed. Only what a restored backup can mend is called
 * unreadable: a provider that gave no answer may give one to the next call.
 *
 * @param unreadable Names what does not open.
 * @returns The error itself when it is none of sealing, or a fault of ours.
 */
export function sealingFailure(error: unknown, unreadable: (options: ErrorOptions) => KeywrightError): unknown {
  if (!(error instanceof SealingError)) return error;
  const options = { cause: error };
  switch (error.code) {
    case 'KekUnavailable':
      return new KeywrightError('KW_KEK_UNAVAILABLE', {}, options);
    case 'TooLarge':
      return new KeywrightError('KW_RECORD_TOO_LARGE', { limitBytes: RECORD_MAX_BYTES }, options);
    case 'KekUnknown':
    case 'OpenFailed':
    case 'MaterialAbsent':
      return unreadable(options);
    case 'ContentInvalid':
      return error;
  }
}
