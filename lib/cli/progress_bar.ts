const WIDTH = 30;

/** A bar on stderr that redraws itself on a terminal and is silent elsewhere. */
export class ProgressBar {
  private readonly isTerminal = Deno.stderr.isTerminal();
  private drawn = false;

  show(what: string, done: number, total: number): void {
    if (!this.isTerminal) return;
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const filled = Math.round(share * WIDTH);
    const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
    this.write(`\r${bar} ${Math.floor(share * 100)} % ${done} of ${total} ${what}\x1b[K`);
    this.drawn = true;
  }

  end(): void {
    if (this.drawn) this.write("\n");
    this.drawn = false;
  }

  private write(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}
