/**
 * Works a value out once for each snapshot: facts are never changed, only replaced, and one plan asks for the same
 * things of them again and again.
 */
export function perFacts<Facts extends object, Value>(valueOf: (facts: Facts) => Value): (facts: Facts) => Value {
  const known = new WeakMap<Facts, { readonly value: Value }>();
  return (facts) => {
    const entry = known.get(facts) ?? { value: valueOf(facts) };
    known.set(facts, entry);
    return entry.value;
  };
}
