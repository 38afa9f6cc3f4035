/** Asks an address again and again from a process of its own, so that its clock does not stand still with the server. */
export class Client implements AsyncDisposable {
  private constructor(
    private readonly process: Deno.ChildProcess,
    private readonly input: WritableStreamDefaultWriter<Uint8Array>,
    private readonly lines: AsyncIterator<string>,
  ) {}

  static async start(address: string, key: string): Promise<Client> {
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-net",
        "--no-prompt",
        new URL("asker.ts", import.meta.url).href,
        address,
        key,
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = readLines(process.stdout);
    await lines.next();
    return new Client(process, process.stdin.getWriter(), lines);
  }

  /** Milliseconds that each of so many requests took. */
  async measure(count: number): Promise<number[]> {
    await this.send(String(count));
    return await this.answer();
  }

  /** Milliseconds that each request took between now and `tell`. */
  async measureUntilTold(): Promise<number[]> {
    await this.send("go");
    return await this.answer();
  }

  tell(): void {
    this.send("stop");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.input.close();
    await this.process.status;
  }

  private async send(line: string): Promise<void> {
    await this.input.write(new TextEncoder().encode(`${line}\n`));
  }

  private async answer(): Promise<number[]> {
    const { value } = await this.lines.next();
    return JSON.parse(value);
  }
}

/** The lines of a stream, as they come. */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
