// What a connection received and nobody has asked for yet; the same in Node and inside a page.

/** How long is waited for what comes at once, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Frames wait here for whoever asks, and whoever asks waits here for frames. */
export class Inbox {
  #received = [];
  #waiting = [];

  /** A frame came. */
  push(frame) {
    this.#received.push(frame);
    this.#match();
  }

  /** The first frame, received or still to come, that fits. */
  next(fits, what, timeout = TIMEOUT_MS) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = JSON.stringify(this.#received).slice(0, 500);
        reject(new Error(`${what} did not come in ${timeout} ms; unread: ${seen}`));
      }, timeout);
      this.#waiting.push({ fits, resolve, timer });
      this.#match();
    });
  }

  /** The next frame of a type. */
  nextOf(type) {
    return this.next((frame) => frame.type === type, `a ${type} frame`);
  }

  /** The reply to a request. */
  replyTo(id, type) {
    return this.next((frame) => frame.id === id, `the reply to ${type}`);
  }

  #match() {
    this.#waiting = this.#waiting.filter(({ fits, resolve, timer }) => {
      const index = this.#received.findIndex(fits);
      if (index < 0) return true;
      clearTimeout(timer);
      resolve(this.#received.splice(index, 1)[0]);
      return false;
    });
  }
}
