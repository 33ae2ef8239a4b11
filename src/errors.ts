import { Reason } from './api/conditions.ts';

/**
 * How the work queue answers: again with backoff; at the slow pace of a stalled object (5 min) or when it
 * changes; or after a fixed wait.
 */
export type Retry = 'backoff' | 'terminal' | { readonly afterMs: number };

/** What each error must be told. The key is the public code: never renamed, never reused. */
export interface ErrorDetails {
  /** A plan did not settle within its bound of steps: a fault of ours, never of the reader. */
  KW_PLAN_UNSETTLED: { readonly lastStep: string };
  /** The key object changed between planning and writing. */
  KW_OBJECT_CHANGED: { readonly kind: string };
  /** A record would not fit into a Secret; refused before anything is minted. */
  KW_RECORD_TOO_LARGE: { readonly limitBytes: number };
  /** The API server does not take the record: a right, a quota or an admission policy of the operator's namespace. */
  KW_RECORD_REFUSED: { readonly status: number };
  /** Nothing can be added to a record: its data key does not open, or the KEK that wrapped it is gone. */
  KW_RECORD_UNREADABLE: NoDetail;
  /** Sealed material did not open: moved, edited, or sealed under a KEK that is gone. */
  KW_MATERIAL_UNREADABLE: { readonly environment: string; readonly version: number };
  /** The provider of key encryption keys gave no answer; nothing was written that needs one. */
  KW_KEK_UNAVAILABLE: NoDetail;
  /** Some namespaces could not be reached, which status names, or sources of imports, which change nothing. */
  KW_DELIVERY_INCOMPLETE: { readonly places: number };
  /** The key does not exist in a format that its outputs ask for. */
  KW_FORMAT_UNAVAILABLE: { readonly algorithm: string; readonly formats: string };
  /** The sibling Secret to copy from no longer carries the token. */
  KW_SOURCE_CHANGED: { readonly environment: string };
  /** What is imported changed after it was checked, and is being checked again. */
  KW_IMPORT_UNCHECKED: { readonly environment: string };
  /** Every Secret that may still hold what is to be sealed is in a namespace that cannot be read now. */
  KW_SOURCE_UNREADABLE: { readonly environment: string };
  /** Nothing proves how far the key's record had come, and a namespace that may tell was never read. */
  KW_PLACES_UNSEEN: { readonly namespace: string };
  /** The API server refused a request other than those that have a code of their own. */
  KW_REQUEST_REFUSED: { readonly status: number };
  /** No usable answer came from the API server. */
  KW_SERVER_UNAVAILABLE: NoDetail;
  /** Anything else: a fault of ours, never of the reader. */
  KW_UNEXPECTED: NoDetail;
}
type NoDetail = Readonly<Record<string, never>>;
export type ErrorCode = keyof ErrorDetails;

interface ErrorEntry<D> {
  readonly reason: Reason;
  readonly retry: Retry;
  /** In the author's words. Same fault, same text: a changing text would wake the object again. */
  readonly message: (detail: D) => string;
}

/** @internal */
export const errorCatalogue: { readonly [C in ErrorCode]: ErrorEntry<ErrorDetails[C]> } = {
  KW_PLAN_UNSETTLED: {
    reason: Reason.InternalError,
    retry: 'backoff',
    message: ({ lastStep }) =>
      `The plan did not settle (last step ${lastStep}); please report this with the operator log`,
  },
  KW_OBJECT_CHANGED: {
    reason: Reason.InternalError,
    retry: 'backoff',
    message: ({ kind }) => `The ${kind} changed while it was being reconciled; this is retried`,
  },
  KW_RECORD_TOO_LARGE: {
    reason: Reason.TooLarge,
    retry: 'terminal',
    message: ({ limitBytes }) =>
      `The key's record would exceed ${Math.round(limitBytes / 1024)} KiB, so nothing was minted; declare fewer environments, namespaces or outputs, or smaller imports`,
  },
  KW_RECORD_REFUSED: {
    reason: Reason.Forbidden,
    retry: 'backoff',
    message: ({ status }) =>
      `The API server does not store the key's record (${status}); check roles, quotas and admission policies of the operator's namespace`,
  },
  KW_RECORD_UNREADABLE: {
    reason: Reason.RecordInvalid,
    retry: 'terminal',
    message: () =>
      "The key's record does not open, so nothing can be added to it; restore the record and the keyring from the same backup",
  },
  KW_MATERIAL_UNREADABLE: {
    reason: Reason.RecordInvalid,
    retry: 'terminal',
    message: ({ environment, version }) =>
      `The sealed material of version ${version} in environment "${environment}" does not open; restore the record and the keyring from the same backup`,
  },
  KW_KEK_UNAVAILABLE: {
    reason: Reason.InternalError,
    retry: 'backoff',
    message: () => 'The provider of key encryption keys does not answer; this is retried until it does',
  },
  KW_DELIVERY_INCOMPLETE: {
    reason: Reason.DeliveryFailed,
    retry: 'backoff',
    message: ({ places }) =>
      `${places} Secrets could not be read, written or deleted; status names the namespaces, and this is retried`,
  },
  KW_FORMAT_UNAVAILABLE: {
    reason: Reason.FormatUnavailable,
    retry: 'terminal',
    message: ({ algorithm, formats }) =>
      `A key of algorithm ${algorithm} does not exist in all of the formats ${formats}; correct spec.outputs`,
  },
  KW_SOURCE_CHANGED: {
    reason: Reason.DeliveryFailed,
    retry: 'backoff',
    message: ({ environment }) =>
      `The Secret to copy from in environment "${environment}" changed meanwhile; this is retried`,
  },
  KW_IMPORT_UNCHECKED: {
    reason: Reason.Checking,
    retry: 'backoff',
    message: ({ environment }) => `What environment "${environment}" is to import is being checked`,
  },
  KW_SOURCE_UNREADABLE: {
    reason: Reason.DeliveryFailed,
    retry: 'backoff',
    message: ({ environment }) =>
      `No Secret with the key of environment "${environment}" can be read now, so nothing replaces it yet; this is retried, see that its namespaces answer`,
  },
  KW_PLACES_UNSEEN: {
    reason: Reason.Forbidden,
    retry: 'backoff',
    message: ({ namespace }) =>
      `Status was lost, and namespace "${namespace}" may hold Secrets newer than the record, which the operator may not read; give it its role there`,
  },
  KW_REQUEST_REFUSED: {
    reason: Reason.Forbidden,
    retry: 'backoff',
    message: ({ status }) =>
      `The API server refuses a request of the operator (${status}); check its roles, and admission policies for its account`,
  },
  KW_SERVER_UNAVAILABLE: {
    reason: Reason.InternalError,
    retry: 'backoff',
    message: () => 'The API server does not answer as it should; this is retried until it does',
  },
  KW_UNEXPECTED: {
    reason: Reason.InternalError,
    retry: 'backoff',
    message: () =>
      'The operator failed unexpectedly and retries; please report this with the lines of its log that name this object',
  },
};

/** The one error class of the domain. Never carries an object, a server's text or secret bytes. */
export class KeywrightError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name: string = 'KeywrightError';
  readonly code: C;
  readonly reason: Reason;
  readonly retry: Retry;

  constructor(code: C, detail: ErrorDetails[C], options?: ErrorOptions) {
    const entry = errorCatalogue[code];
    super(entry.message(detail), options);
    this.code = code;
    this.reason = entry.reason;
    this.retry = entry.retry;
  }
}
