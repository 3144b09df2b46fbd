// The words of the page. They come from the template, so that Django translates them.

/** `say("typing-one", {first: "Alice"})` for a table of key to text with `{placeholders}`. */
export function createSay(table) {
  return (key, values = {}) => {
    if (!(key in table)) throw new Error(`The page has no string "${key}"; add it to chat.html.`);
    return table[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  };
}
