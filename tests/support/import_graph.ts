import { fileURLToPath } from "node:url";

interface Info {
  modules: { specifier: string }[];
}

/**
 * The specifier of everything that a program loads when it starts with `entry`, a path from the top of the project.
 *
 * Dynamic imports of a literal are in it, since Deno deploys and loads them with the rest; computed ones are not.
 */
export async function importGraph(entry: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { modules }: Info = JSON.parse(new TextDecoder().decode(stdout));
  return modules.map(({ specifier }) => specifier);
}
