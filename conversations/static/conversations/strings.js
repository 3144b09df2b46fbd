// The words of the page. They come from the template, so that Django translates them.

import { isolated } from "./bidi.js";

/**
 * `say("typing-one", {first: "Alice"})` for a table of key to text with `{placeholders}`;
 * `say.count("will-be-sent", 2)` says the text of the number's form: "will-be-sent-other", in English.
 *
 * What is put into a sentence is isolated in it: a Hebrew name does not turn an English sentence around.
 */
export function createSay(table, locale) {
  const rules = new Intl.PluralRules(locale);
  const put = (value) => (typeof value === "string" ? isolated(value) : String(value));

  function say(key, values = {}) {
    if (!(key in table)) throw new Error(`The page has no string "${key}"; add it to chat.html.`);
    return table[key].replace(/\{(\w+)\}/g, (_, name) => put(values[name]));
  }

  say.count = (key, count, values = {}) => {
    const form = `${key}-${rules.select(count)}`;
    return say(form in table ? form : `${key}-other`, { count, ...values });
  };
  return say;
}
