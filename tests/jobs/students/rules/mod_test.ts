import { assertEquals } from "@std/assert";
import { recommend } from "../../../../jobs/students/rules/mod.ts";
import { planFigures, studentFigures } from "../../../support/students_figures.ts";

const silent = { idleDays: 10, plan: planFigures({ due: 10, completed: 2 }) };

Deno.test("a student gets what every rule advises", () => {
  const types = recommend(studentFigures(silent)).map((advice) => advice.recommendation_type);
  assertEquals(types, ["re_engage", "catch_up"]);
});

Deno.test("a student who is on plan, active and sound gets nothing", () => {
  assertEquals(recommend(studentFigures()), []);
});

Deno.test("a student who is not active any more gets nothing", () => {
  assertEquals(recommend(studentFigures({ ...silent, isActive: false })), []);
});
