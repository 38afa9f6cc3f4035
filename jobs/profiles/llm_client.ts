/** The only place that talks to a model; imported when the first question is asked. */
import { z } from "zod";
import type { JobContext } from "../../lib/job.ts";
import { fetchJson, JsonRequestError } from "../fetch_json.ts";
import type { ChatMessage } from "./question.ts";

export interface LlmOptions {
  /** Such as `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  /** Null: the server wants none. */
  apiKey: string | null;
  model: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** A model's reply; its text is empty when there is none. */
export interface Reply {
  text: string;
  promptTokens: number;
  completionTokens: number;
}

/** The server of the model did not answer as it should: that is no entity's fault. */
export class LlmUnavailableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "LlmUnavailableError";
  }
}

/**
 * Asks models behind an OpenAI-compatible `/chat/completions`.
 *
 * Source of the shapes: OpenAI's API reference, "Create chat completion". Not every server knows
 * `response_format`: one that refuses it is asked without from then on.
 */
export class LlmClient {
  private knowsFormats = true;

  constructor(private readonly fetch: JobContext["fetch"], private readonly options: LlmOptions) {}

  /** Throws `LlmUnavailableError`, or the signal's reason. Its messages hold neither key nor answer. */
  async ask(messages: readonly ChatMessage[], format: unknown): Promise<Reply> {
    const isTold = this.knowsFormats;
    try {
      return await this.send(messages, isTold ? format : undefined);
    } catch (error) {
      if (!(error instanceof JsonRequestError)) throw error;
      const isRefused = error.status === 400 || error.status === 422;
      if (!isRefused || !isTold) throw new LlmUnavailableError(error.message);
    }
    this.knowsFormats = false;
    return await this.ask(messages, format);
  }

  private async send(messages: readonly ChatMessage[], format: unknown): Promise<Reply> {
    const { baseUrl, apiKey, model, timeoutMs, signal } = this.options;
    const url = `${baseUrl.replace(/\/+$/, "")}/chat/completions`;
    const { body } = await fetchJson(this.fetch, url, {
      question: {
        model,
        messages,
        temperature: 0,
        ...(format !== undefined && { response_format: format }),
      },
      headers: apiKey === null ? {} : { Authorization: `Bearer ${apiKey}` },
      followsRedirects: false,
      timeoutMs,
      signal,
    });
    const answer = answerSchema().safeParse(body);
    if (!answer.success) {
      throw new LlmUnavailableError("The model's server gave no chat completion");
    }
    const { choices: [{ message }], usage } = answer.data;
    return {
      text: message.content ?? "",
      promptTokens: usage?.prompt_tokens ?? 0,
      completionTokens: usage?.completion_tokens ?? 0,
    };
  }
}

function answerSchema() {
  const tokens = z.int().min(0).max(2 ** 31 - 1);
  return z.object({
    choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }) })).min(1),
    usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullish().catch(null),
  });
}
