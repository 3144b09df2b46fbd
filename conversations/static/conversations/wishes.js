// What was chosen here and is not answered yet: it is shown as chosen, whatever is told of it meanwhile.

/** `onChange()` is called when a wish is there, and when it is answered. */
export function createWishes({ onChange }) {
  const wishes = new Map();
  let former = Promise.resolve();

  async function settle(key, wish, ask) {
    const isLast = () => wishes.get(key) === wish;
    // Another choice was made before the turn came to this one.
    if (!isLast()) return null;
    try {
      return await ask();
    } finally {
      if (isLast()) wishes.delete(key);
      onChange();
    }
  }

  return {
    /** What is chosen of `key`, of which the server last told `told`. */
    of: (key, told) => (wishes.has(key) ? wishes.get(key).value : told),

    /**
     * `ask()` asks the server for it, after all that was chosen before has been answered, so that no answer tells
     * of less than the one before it. Gives its answer; null if a later choice of `key` came first.
     */
    choose(key, value, ask) {
      const wish = { value };
      wishes.set(key, wish);
      const answer = former.then(() => settle(key, wish, ask));
      former = answer.catch(() => null);
      onChange();
      return answer;
    },
  };
}
