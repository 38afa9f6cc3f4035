/**
 * The model made of rules as a program of its own, to try profile_maintenance without a real one:
 *
 *     deno run --allow-net=127.0.0.1 tests/support/llm_program.ts [PORT]
 *
 * It prints the settings with which the service finds it.
 */
import { startLlmServer } from "./llm_server.ts";

const server = startLlmServer({ port: Number(Deno.args[0] ?? 0) });
console.log(`LLM_BASE_URL=${server.url} PROFILE_MAINTENANCE_MODEL=rules`);
