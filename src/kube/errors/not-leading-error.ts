/** This process may not write: another one leads, or it could not renew its lease in time. Nothing was sent. */
export class NotLeadingError extends Error {
  override readonly name = 'NotLeadingError';
  readonly code = 'NOT_LEADING';

  constructor() {
    super('Cannot write: this process does not hold the leader lease');
  }
}
