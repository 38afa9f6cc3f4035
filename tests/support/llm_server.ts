/** A server on loopback that speaks the OpenAI chat API with a model made of rules, and fails as a test says. */
import { type ChatMessage, obey, readAttributes, tidy, type TidyProfile } from "./llm_model.ts";

/** One answer to a question. */
export type LlmAnswer =
  /** The model's own: it tidies what it was given, or obeys what stands in it. */
  | "tidies"
  | "obeys"
  /** The same in a fenced block with words around it, or as an object in a sentence. */
  | "fenced"
  | "in a sentence"
  /** The same, but a question with a `response_format` is refused. */
  | "knows no formats"
  /** None ever. */
  | "hangs"
  /** A reply in the model's place; `finish_reason` is `length` where it was cut off. */
  | { content: string | null; finishReason?: string }
  /** An answer of the server's own, such as 429. */
  | { status: number; headers?: Record<string, string>; text?: string };

/** A question that came in. */
export interface SeenQuestion {
  path: string;
  headers: Headers;
  /** As the client sent it, parsed. */
  body: { model?: string; messages: ChatMessage[]; response_format?: unknown };
  /** On this process' monotonic clock. */
  atMs: number;
}

export interface LlmServerOptions {
  /** Default: one that is free. */
  port?: number;
  /** What every question is answered, until `answer` says otherwise. */
  always?: LlmAnswer;
}

/** Starts the server; its `url` is what `LLM_BASE_URL` takes. Disposing of it ends it. */
export function startLlmServer(options: LlmServerOptions = {}): LlmServer {
  return new LlmServer(options);
}

export class LlmServer implements AsyncDisposable {
  readonly questions: SeenQuestion[] = [];
  /** Happens between each question and its answer. */
  meanwhile: (question: SeenQuestion) => Promise<unknown> = () => Promise.resolve();
  #answers: LlmAnswer[];
  readonly #ending = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor({ port = 0, always = "tidies" }: LlmServerOptions) {
    this.#answers = [always];
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port,
      onListen: () => {},
      signal: this.#ending.signal,
    }, (request) => this.#handle(request));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  /** What is answered from now on, one after the other; the last one stands for all that follow. */
  answer(...answers: LlmAnswer[]): this {
    this.#answers = answers;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#server.finished;
  }

  async #handle(request: Request): Promise<Response> {
    const question = await readQuestion(request);
    if (!question) return apiError(404, "There is only POST /v1/chat/completions here");
    this.questions.push(question);
    await this.meanwhile(question);
    const answer = this.#answers.length > 1 ? this.#answers.shift()! : this.#answers[0];
    if (answer === "hangs") {
      return await new Promise((resolve) =>
        this.#ending.signal.addEventListener("abort", () => resolve(new Response()))
      );
    }
    return respond(question, answer);
  }
}

/** The question of a request to the chat's address; null for any other request. */
export async function readQuestion(request: Request): Promise<SeenQuestion | null> {
  const path = new URL(request.url).pathname;
  if (request.method !== "POST" || !path.endsWith("/chat/completions")) return null;
  const body = await request.json();
  return { path, headers: request.headers, body, atMs: performance.now() };
}

/** The response to a question. */
export function respond(question: SeenQuestion, answer: Exclude<LlmAnswer, "hangs">): Response {
  if (answer === "knows no formats") {
    return question.body.response_format
      ? apiError(400, "response_format is not known here")
      : respond(question, "tidies");
  }
  if (typeof answer === "object" && "status" in answer) {
    const { status, headers, text } = answer;
    return text === undefined
      ? apiError(status, `The server says ${status}`, headers)
      : new Response(text, { status, headers });
  }
  const { content, finishReason = "stop" } = typeof answer === "object"
    ? answer
    : { content: say(question.body.messages, answer) };
  return Response.json({
    id: "chatcmpl-local",
    object: "chat.completion",
    model: question.body.model,
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: finishReason }],
    usage: usageOf(question.body.messages, content ?? ""),
  });
}

function say(
  messages: ChatMessage[],
  how: "tidies" | "obeys" | "fenced" | "in a sentence",
): string {
  const attributes = readAttributes(messages);
  const profile: TidyProfile = how === "obeys" ? obey(attributes) : tidy(attributes);
  const json = JSON.stringify(profile, null, 2);
  if (how === "fenced") return `Here it is:\n\n\`\`\`json\n${json}\n\`\`\`\n\nAnything else?`;
  return how === "in a sentence" ? `The tidy profile is ${json}, as you asked.` : json;
}

/** About four characters a token, as the API's own documentation has it for English. */
function usageOf(messages: ChatMessage[], reply: string) {
  const tokens = (text: string) => Math.ceil(text.length / 4);
  const prompt_tokens = tokens(messages.map(({ content }) => content).join("\n"));
  const completion_tokens = tokens(reply);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

function apiError(status: number, message: string, headers?: Record<string, string>): Response {
  return Response.json({ error: { message, type: "server_error" } }, { status, headers });
}
