// The words of the page. They come from the template, so that Django translates them.

/**
 * `say("typing-one", {first: "Alice"})` for a table of key to text with `{placeholders}`;
 * `say.count("will-be-sent", 2)` says the text of the number's form: "will-be-sent-other", in English.
 */
export function createSay(table, locale) {
  const rules = new Intl.PluralRules(locale);

  function say(key, values = {}) {
    if (!(key in table)) throw new Error(`The page has no string "${key}"; add it to chat.html.`);
    return table[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  say.count = (key, count, values = {}) => {
    const form = `${key}-${rules.select(count)}`;
    return say(form in table ? form : `${key}-other`, { count, ...values });
  };
  return say;
}
