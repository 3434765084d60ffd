// Why a request of the console was not answered as it wished.

export class Problem extends Error {
  /** The status of HTTP; 0 when nobody answered. */
  readonly status: number;
  readonly hint: string | undefined;

  constructor(status: number, message: string, hint?: string) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.hint = hint;
  }

  /** Of an answer that is a refusal: `{"error":{"message","hint"?}}`. */
  static async of(answer: Response): Promise<Problem> {
    const body: unknown = await answer.json().catch(() => undefined);
    const error = (body as { error?: { message?: unknown; hint?: unknown } } | undefined)?.error;
    const message = typeof error?.message === "string" ? error.message : answer.statusText;
    const hint = typeof error?.hint === "string" ? error.hint : undefined;
    return new Problem(answer.status, message || `the hub answers ${answer.status}`, hint);
  }

  /** Of whatever was thrown on the way to the hub. */
  static from(thrown: unknown): Problem {
    if (thrown instanceof Problem) return thrown;
    return new Problem(0, "the hub does not answer", "is it running, and is the way to it open?");
  }
}
