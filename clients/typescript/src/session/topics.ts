/** Names of topics. */

/** Whether a filter stands for more than one topic. */
export function hasWildcards(topic: string): boolean {
  return topic.split("/").some((level) => level === "+" || level === "#");
}
