import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  acquireDataDirLock,
  DataDirInUseError,
  readDataDirOwner,
} from "../../../lib/db/data_dir_lock.ts";
import { startScript } from "../../support/script.ts";

const HOLDER = `
  import { acquireDataDirLock } from "${new URL(
  "../../../lib/db/data_dir_lock.ts",
  import.meta.url,
)}";
  const lock = await acquireDataDirLock(Deno.args[0]);
  if (Deno.args[1]) lock.announce(Deno.args[1]);
  console.log("holding");
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
`;

async function withDataDir(body: (dataDir: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await body(`${root}/data`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("acquireDataDirLock() makes the directory and refuses a second holder", () =>
  withDataDir(async (dataDir) => {
    const lock = await acquireDataDirLock(dataDir);
    lock.announce("http://127.0.0.1:8000");
    const error = await assertRejects(() => acquireDataDirLock(dataDir), DataDirInUseError);
    assertEquals(error.code, "data_dir_in_use");
    assertEquals(error.owner, { pid: Deno.pid, address: "http://127.0.0.1:8000" });
    assertStringIncludes(error.message, `process ${Deno.pid}`);
    assertStringIncludes(error.message, "http://127.0.0.1:8000");
    lock.release();
  }));

Deno.test("a data directory that was released can be locked again", () =>
  withDataDir(async (dataDir) => {
    (await acquireDataDirLock(dataDir)).release();
    assertEquals(await readDataDirOwner(dataDir), null);
    (await acquireDataDirLock(dataDir)).release();
  }));

Deno.test("readDataDirOwner() says null of a directory that is not there", () =>
  withDataDir(async (dataDir) => {
    assertEquals(await readDataDirOwner(dataDir), null);
  }));

Deno.test("readDataDirOwner() names another process and its address, once it is announced", () =>
  withDataDir(async (dataDir) => {
    const silent = await startScript(HOLDER, [dataDir]);
    assertEquals(await silent.readLine(), "holding");
    assertEquals(await readDataDirOwner(dataDir), { pid: silent.pid, address: null });
    await silent.kill();
    const announced = await startScript(HOLDER, [dataDir, "http://127.0.0.1:8123"]);
    assertEquals(await announced.readLine(), "holding");
    assertEquals(await readDataDirOwner(dataDir), {
      pid: announced.pid,
      address: "http://127.0.0.1:8123",
    });
    const error = await assertRejects(() => acquireDataDirLock(dataDir), DataDirInUseError);
    assertEquals(error.owner.pid, announced.pid);
    await announced.kill();
  }));

Deno.test("a process that was killed holds nothing", () =>
  withDataDir(async (dataDir) => {
    const holder = await startScript(HOLDER, [dataDir, "http://127.0.0.1:8123"]);
    assertEquals(await holder.readLine(), "holding");
    await holder.kill();
    assertEquals(await readDataDirOwner(dataDir), null);
    (await acquireDataDirLock(dataDir)).release();
  }));

Deno.test("acquireDataDirLock() waits for a program that is about to end", () =>
  withDataDir(async (dataDir) => {
    const ending = await acquireDataDirLock(dataDir);
    const next = acquireDataDirLock(dataDir);
    await new Promise((resolve) => setTimeout(resolve, 100));
    ending.release();
    (await next).release();
  }));

Deno.test("looking for the owner does not keep a program from starting", () =>
  withDataDir(async (dataDir) => {
    (await acquireDataDirLock(dataDir)).release();
    let isStarted = false;
    const look = async () => {
      while (!isStarted) await readDataDirOwner(dataDir);
    };
    const looking = look();
    const lock = await acquireDataDirLock(dataDir);
    isStarted = true;
    await looking;
    assert(await readDataDirOwner(dataDir));
    lock.release();
  }));
