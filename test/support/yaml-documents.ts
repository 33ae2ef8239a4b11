import { parseAllDocuments } from 'yaml';

/**
 * What the documents of a YAML text hold, empty ones left out. Of which type they are is for the caller to know.
 *
 * @throws on text that is no YAML, and on a key that is there twice.
 */
export function yamlDocuments<T>(text: string): readonly T[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const content: unknown = document.toJS();
    return content === null ? [] : [content as T];
  });
}
