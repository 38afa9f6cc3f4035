/** The other process of `client.ts`: told a number or `go` and `stop`, it prints how long each request took. */
import { readLines } from "./client.ts";

const PAUSE_MS = 50;
const [address, key] = Deno.args;

async function ask(): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(address, { headers: { authorization: `Bearer ${key}` } });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return performance.now() - startedAt;
}

async function askWhile(goesOn: (asked: number) => boolean): Promise<void> {
  const times = [];
  while (goesOn(times.length)) {
    times.push(await ask());
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  console.log(JSON.stringify(times));
}

let isTold = false;
console.log("ready");
for await (const line of readLines(Deno.stdin.readable)) {
  isTold = line === "stop";
  if (line === "go") askWhile(() => !isTold);
  else if (!isTold) askWhile((asked) => asked < Number(line));
}
