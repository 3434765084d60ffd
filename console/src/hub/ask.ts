// Requests to the hub that this page came from.

import { authorization, forget } from "./key";
import { Problem } from "./problem";

/** Asks, and gives the answer's body to whoever reads it. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    const headers = { ...authorization(), ...init.headers };
    answer = await fetch(path, { ...init, headers, cache: "no-store" });
  } catch (thrown) {
    if (init.signal?.aborted) throw thrown;
    throw Problem.from(thrown);
  }
  if (answer.ok) return answer;
  const problem = await Problem.of(answer);
  if (problem.status === 401) forget(problem);
  throw problem;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await ask(path, signal ? { signal } : {});
  return answer.json() as Promise<T>;
}

export async function post<T>(path: string, body: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  const answer = await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  return answer.json() as Promise<T>;
}
