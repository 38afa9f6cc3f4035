import type { Attribute, TidyProfile } from "./attribute.ts";
import { checkReply } from "./check_reply.ts";
import { type LlmClient, LlmUnavailableError } from "./llm_client.ts";
import { makeQuestion, makeRepair, replyFormat } from "./question.ts";
import { BadReplyError, readReply } from "./read_reply.ts";

/** What of a bad reply is told to the model again, in characters. */
const MAX_QUOTED = 20_000;

/** What asking about a profile came to. */
export interface Answer {
  /** Null where there is an error. */
  profile: TidyProfile | null;
  error: string | null;
  /** Whether the server is to blame, and not the reply. */
  isUnavailable: boolean;
  promptTokens: number;
  completionTokens: number;
}

/**
 * Asks a model to tidy up a profile, and once more where its reply cannot be used.
 *
 * Throws the signal's reason only: all else is in the answer, with the tokens that it took.
 */
export async function tidyProfile(client: LlmClient, shown: readonly Attribute[]): Promise<Answer> {
  const answer: Answer = {
    profile: null,
    error: null,
    isUnavailable: false,
    promptTokens: 0,
    completionTokens: 0,
  };
  const question = makeQuestion(shown);
  const format = replyFormat();
  const ask = async (messages: typeof question): Promise<string> => {
    const { text, promptTokens, completionTokens } = await client.ask(messages, format);
    answer.promptTokens += promptTokens;
    answer.completionTokens += completionTokens;
    return text;
  };
  try {
    const reply = await ask(question);
    try {
      answer.profile = readChecked(shown, reply);
    } catch (error) {
      if (!(error instanceof BadReplyError)) throw error;
      const repair = makeRepair(reply.slice(0, MAX_QUOTED), error.message);
      answer.profile = readChecked(shown, await ask([...question, ...repair]));
    }
  } catch (error) {
    const isBad = error instanceof BadReplyError;
    if (!isBad && !(error instanceof LlmUnavailableError)) throw error;
    answer.error = isBad ? `The reply was refused: ${error.message}` : error.message;
    answer.isUnavailable = !isBad;
  }
  return answer;
}

function readChecked(shown: readonly Attribute[], reply: string): TidyProfile {
  const profile = readReply(reply);
  checkReply(shown, profile);
  return profile;
}
