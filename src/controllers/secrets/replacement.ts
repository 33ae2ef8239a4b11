import { ADOPT_ANNOTATION, ORIGIN_ANNOTATION } from '../../api/labels.ts';
import { withoutDataCopies } from '../../kube/objects/data-copies.ts';
import type { Secret } from '../../kube/objects/objects.ts';
import type { SecretView } from '../planning/secret-view.ts';

/**
 * The body of a PUT over a Secret that is there. A PUT replaces the whole object, so labels, annotations, finalizers
 * and owners of others go back as they were; consent to be overwritten, which is used up, copies of the data and what we
 * said of a former token do not.
 *
 * @param current As read just now: a cache does not keep what others put there.
 * @param planned What the plan saw; the PUT is bound to its version, so that a Secret which moved on is not overwritten.
 */
export function replacementOf(
  current: Secret,
  body: Secret,
  { uid, resourceVersion }: Pick<SecretView, 'uid' | 'resourceVersion'>,
): Secret {
  const { labels, annotations, finalizers = [], ownerReferences = [] } = current.metadata;
  const { [ADOPT_ANNOTATION]: _consent, [ORIGIN_ANNOTATION]: _former, ...kept } = withoutDataCopies(annotations);
  const metadata = {
    ...body.metadata,
    uid,
    resourceVersion,
    finalizers,
    ownerReferences,
    labels: { ...labels, ...body.metadata.labels },
    annotations: { ...kept, ...body.metadata.annotations },
  };
  return { ...body, metadata };
}
