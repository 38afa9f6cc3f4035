/** A program of this tree in a process of its own, which a test may freeze, thaw and kill. */
export class ChildProgram implements AsyncDisposable {
  /** Every line of its output so far; errors too. */
  readonly lines: string[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #untaken: string[] = [];
  #arrived = Promise.withResolvers<void>();
  #hasEnded = false;

  /** Starts `deno run -A FILE ARGS`, after another module (`preload`) and with a `command` before it. */
  constructor(
    file: URL,
    args: string[] = [],
    { env = {}, command = [], preload }: {
      env?: Record<string, string>;
      command?: string[];
      preload?: URL;
    } = {},
  ) {
    const flags = ["-A", "--no-prompt", ...(preload ? ["--preload", preload.href] : [])];
    const words = [...command, Deno.execPath(), "run", ...flags, file.href, ...args];
    this.#process = new Deno.Command(words[0], {
      args: words.slice(1),
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    // Its end closes the pipe, which a write under way tells again.
    this.#input.closed.catch(() => {});
    const { stdout, stderr, status } = this.#process;
    this.#reading = Promise.all([this.#read(stdout), this.#read(stderr), status])
      .then(() => this.#hasEnded = true)
      .then(() => this.#input.close().catch(() => {}))
      .finally(() => this.#arrived.resolve());
  }

  get pid(): number {
    return this.#process.pid;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Resolves with its exit code when it has ended and all that it said was read. */
  async ended(): Promise<number> {
    await this.#reading;
    return (await this.#process.status).code;
  }

  /** Takes the first line that matches and was not taken before. Rejects when the program ends without one. */
  async waitFor(pattern: RegExp): Promise<string> {
    while (true) {
      const found = this.#untaken.findIndex((line) => pattern.test(line));
      if (found >= 0) return this.#untaken.splice(found, 1)[0];
      if (this.#hasEnded) {
        throw new Error(`The program ended without ${pattern}:\n${this.lines.join("\n")}`);
      }
      await this.#arrived.promise;
    }
  }

  /** Writes a line to its input. */
  async send(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Nothing where it has ended, be it so lately that its output is still being read. */
  signal(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  freeze(): void {
    this.signal("SIGSTOP");
  }

  thaw(): void {
    this.signal("SIGCONT");
  }

  /** Ends it without a warning. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  /** Resolves when the kernel has stopped it, by whatever hand. */
  async frozen(): Promise<void> {
    while (await this.#state() !== "T") {
      if (this.#hasEnded) {
        throw new Error(`The program ended instead of freezing:\n${this.lines.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
      this.#untaken.push(...lines);
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers();
    }
    if (rest) this.lines.push(rest);
  }

  /** `R`, `S`, `T`…; Linux tells it without starting a program. */
  async #state(): Promise<string> {
    try {
      const stat = await Deno.readTextFile(`/proc/${this.pid}/stat`);
      return stat.slice(stat.lastIndexOf(")") + 2)[0];
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }
}
