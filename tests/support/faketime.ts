/** Programs whose clock goes faster, by Debian's `faketime`. */

/** What stands before a command so that its clock begins at an instant (UTC) and goes `speed` times as fast. */
export function faketimeCommand(startsAt: Date, speed: number): string[] {
  const start = startsAt.toISOString().slice(0, 19).replace("T", " ");
  return ["faketime", "-f", `@${start} x${speed}`];
}

/** The same for a program that is to be signalled: the command would stand between, and pass no signal on. */
export async function faketimeEnv(startsAt: Date, speed: number): Promise<Record<string, string>> {
  const [command, ...words] = faketimeCommand(startsAt, speed);
  const { stdout } = await new Deno.Command(command, { args: [...words, "printenv", "LD_PRELOAD"] })
    .output();
  return {
    LD_PRELOAD: new TextDecoder().decode(stdout).trim(),
    FAKETIME: words[1],
    TZ: "UTC",
  };
}

/** Declares a test that needs it: ignored where it is not on the machine, which is a failure when `CI` is set. */
export function faketimeTest(name: string, fn: () => Promise<void>): void {
  const isThere = hasFaketime();
  Deno.test({
    name: isThere ? name : `${name} (faketime is not on this machine)`,
    ignore: !isThere && !Deno.env.get("CI"),
    fn: isThere ? fn : () => {
      throw new Error("faketime is not on this machine: install Debian's package of that name");
    },
  });
}

export function hasFaketime(): boolean {
  try {
    return new Deno.Command("faketime", { args: ["--version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
