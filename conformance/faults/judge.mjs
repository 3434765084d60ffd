// What must hold of a client, whatever was done to its connection. Each check gives a sentence, or nothing.

/** WebSockets asked for within any one second: what full jitter from 200 ms on hardly ever exceeds. */
export const PEAK_OPENS = 8;

/** Everything that is wrong with how a client came through. */
export function faults({ agent, sent, peak, exit, ends }) {
  const numbers = (kind) => agent.all(kind).map((line) => line[kind]);
  const heard = numbers("message");
  return [
    ...inOrder("publication", heard.filter((data) => "n" in data).map(({ n }) => n), sent.published, ends),
    ...inOrder("direct message", numbers("direct").map(({ n }) => n), sent.directed, ends),
    ...ownOnce(agent, heard.filter((data) => "own" in data).map(({ own }) => own), sent.own),
    ...agent.all("gap").map(() => "a gap was reported, though everything is kept"),
    ...agent.all("unhandled").map(({ unhandled }) => `not handled: ${unhandled}`),
    ...(agent.complaints === "" ? [] : [`printed: ${agent.complaints.slice(0, 300)}`]),
    ...(exit === 0 ? [] : [`ended with ${exit}`]),
    ...(peak <= PEAK_OPENS ? [] : [`${peak} connections were opened within a second`]),
  ];
}

/** The numbers 1, 2, 3, …, up to the last one that was sent, when the client ends up live. */
function inOrder(what, numbers, last, ends) {
  const wrong = numbers.findIndex((number, index) => number !== index + 1);
  if (wrong >= 0) {
    const [expected, before] = [wrong + 1, numbers[wrong - 1] ?? "the beginning"];
    return [`after ${what} ${before} came ${numbers[wrong]}, not ${expected}`];
  }
  if (ends.state === "live" && numbers.length < last) {
    return [`${last - numbers.length} of ${last} ${what}s did not come`];
  }
  return [];
}

/** What the client published is there once if it was told so, and at most once if not. */
function ownOnce(agent, heard, told) {
  const wrong = [];
  const answers = new Map(agent.all("answered").map((line) => [line.answered, line]));
  for (let n = 1; n <= told; n += 1) {
    const times = heard.filter((own) => own === n).length;
    const answer = answers.get(n);
    if (times > 1) wrong.push(`its publication ${n} came ${times} times`);
    if (answer === undefined) wrong.push(`its publication ${n} was never answered`);
    if (answer?.ok && times === 0) wrong.push(`its publication ${n} was acknowledged and never came`);
  }
  return wrong.slice(0, 3);
}
