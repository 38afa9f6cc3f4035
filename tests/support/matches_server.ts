/** A server on loopback that answers as a test says: for Data Dragon, Riot and model cards. */

/** One answer: JSON, a whole response, or none ever. */
export type Answer =
  | { json: unknown; headers?: Record<string, string>; status?: number }
  | { text: string; headers?: Record<string, string>; status?: number }
  | { hangs: true };

/** A request that came in. */
export interface SeenRequest {
  path: string;
  headers: Headers;
  atMs: number;
}

export class MatchesServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #answers = new Map<string, Answer[]>();
  readonly #ending = new AbortController();
  readonly #server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    signal: this.#ending.signal,
  }, (request) => this.#handle(request));

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** What a path answers, one after the other; the last one stands for all that follow. */
  answer(path: string, ...answers: Answer[]): this {
    this.#answers.set(path, answers);
    return this;
  }

  /** The requests for a path. */
  seen(path: string): SeenRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#server.finished;
  }

  #handle(request: Request): Response | Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const path = pathname + search;
    this.requests.push({ path, headers: request.headers, atMs: performance.now() });
    const answers = this.#answers.get(path);
    if (!answers) return new Response("nothing here", { status: 404 });
    const answer = answers.length > 1 ? answers.shift()! : answers[0];
    if ("hangs" in answer) {
      return new Promise((resolve) => {
        this.#ending.signal.addEventListener("abort", () => resolve(new Response()));
      });
    }
    const { status, headers } = answer;
    if (status === 304) return new Response(null, { status, headers });
    const body = "text" in answer ? answer.text : JSON.stringify(answer.json);
    return new Response(body, { status, headers });
  }
}
