/** A cron as a program registered it. */
export interface RegisteredCron {
  name: string;
  schedule: string;
  /** Absent when the program left retries to Deno's default. */
  backoff_schedule?: number[];
}

type Received =
  | { kind: "register"; crons: RegisteredCron[] }
  | { kind: "result"; name: string; success: boolean }
  | { kind: "reject-ack" };

/**
 * The outside end of Deno's external cron socket: a program that is started with `socket.env` registers its crons
 * here instead of waiting for the clock, and the test fires its real handlers when it wants.
 *
 * The protocol is JSON lines, as Deno 2.9.6 speaks it (`ext/cron/socket.rs`). One socket serves one program.
 */
export class CronSocket implements AsyncDisposable {
  /** The crons registered so far, by name. */
  readonly registered = new Map<string, RegisteredCron>();
  readonly #directory = Deno.makeTempDirSync({ prefix: "cron-socket-" });
  readonly #listener: Deno.Listener<Deno.UnixConn>;
  readonly #serving: Promise<void>;
  readonly #running = new Map<string, PromiseWithResolvers<boolean>>();
  #connection: Deno.UnixConn | null = null;
  #registration = Promise.withResolvers<void>();
  #isOver = false;

  constructor() {
    this.#listener = Deno.listen({ transport: "unix", path: `${this.#directory}/cron.sock` });
    this.#serving = this.#serve();
  }

  /** What the program must find in its environment. */
  get env(): { DENO_UNSTABLE_CRON_SOCK: string } {
    return { DENO_UNSTABLE_CRON_SOCK: `unix:${this.#directory}/cron.sock` };
  }

  /**
   * Waits until crons of these names are registered; rejects when the program leaves before.
   *
   * A program that never connects leaves it waiting: race it with the status of the process where that can happen.
   */
  async waitFor(...names: string[]): Promise<void> {
    while (!names.every((name) => this.registered.has(name))) {
      if (this.#isOver) {
        throw new Error(`The program left before it registered ${names.join(", ")}`);
      }
      await this.#registration.promise;
    }
  }

  /**
   * Fires the handler of a cron and waits until it has settled.
   *
   * @returns Whether it succeeded. Rejects when the program leaves meanwhile.
   */
  async fire(name: string): Promise<boolean> {
    if (!this.registered.has(name)) throw new Error(`No cron is registered as "${name}"`);
    if (this.#running.has(name)) throw new Error(`The handler of "${name}" has not settled yet`);
    if (this.#isOver) throw new Error(`The program left before "${name}" was fired`);
    const firing = Promise.withResolvers<boolean>();
    this.#running.set(name, firing);
    await this.#send({ kind: "invoke", name });
    return await firing.promise;
  }

  /** Ends the connection, which the program sees as a cron error; its process is the test's to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#connection?.close();
    await this.#serving;
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #send(message: { kind: "invoke"; name: string }): Promise<void> {
    let rest = new TextEncoder().encode(JSON.stringify(message) + "\n");
    while (rest.length > 0) rest = rest.subarray(await this.#connection!.write(rest));
  }

  async #serve(): Promise<void> {
    try {
      this.#connection = await this.#listener.accept();
      await this.#receiveLines(this.#connection);
    } catch (error) {
      // Either end may close at any time: that is how tests and programs end.
      if (error instanceof SyntaxError) throw error;
    } finally {
      this.#leave();
    }
  }

  async #receiveLines(connection: Deno.UnixConn): Promise<void> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(16_384);
    let rest = "";
    for (;;) {
      const length = await connection.read(buffer);
      if (length === null) return;
      const lines = (rest + decoder.decode(buffer.subarray(0, length), { stream: true })).split(
        "\n",
      );
      rest = lines.pop()!;
      for (const line of lines) this.#receive(JSON.parse(line));
    }
  }

  #receive(message: Received): void {
    if (message.kind === "register") {
      for (const cron of message.crons) this.registered.set(cron.name, cron);
      this.#registration.resolve();
      this.#registration = Promise.withResolvers();
    } else if (message.kind === "result") {
      const firing = this.#running.get(message.name);
      this.#running.delete(message.name);
      firing?.resolve(message.success);
    }
  }

  #leave(): void {
    this.#isOver = true;
    this.#registration.resolve();
    for (const [name, firing] of this.#running) {
      firing.reject(new Error(`The program left while the handler of "${name}" ran`));
    }
    this.#running.clear();
  }
}
