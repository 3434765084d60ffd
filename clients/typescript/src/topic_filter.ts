/** Whether a name has wildcards, so that it stands for many topics. */
export function isFilter(name: string): boolean {
  return /[+#]/.test(name) && name.split("/").some((level) => level === "+" || level === "#");
}

/** Whether a filter matches a topic, as in MQTT 5.0 section 4.7. */
export function matches(filter: string, topic: string): boolean {
  const levels = topic.split("/");
  const wanted = filter.split("/");
  // `$` topics are hidden from filters that begin with a wildcard.
  if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
  for (const [at, level] of wanted.entries()) {
    if (level === "#") return true;
    if (at >= levels.length || (level !== "+" && level !== levels[at])) return false;
  }
  return wanted.length === levels.length;
}
