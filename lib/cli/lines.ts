/** Cuts a text that comes in pieces into its lines. */
export function splitLines(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) controller.enqueue(line);
    },
    flush(controller) {
      if (rest) controller.enqueue(rest);
    },
  });
}

/** The lines of an answer as they come. */
export function linesOf(response: Response): ReadableStream<string> {
  return response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(splitLines());
}
