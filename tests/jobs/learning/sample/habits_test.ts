import { assertEquals } from "@std/assert";
import { type Habit, habitOf } from "../../../../jobs/learning/sample/habits.ts";

const cases: [string, string, Habit][] = [
  ["begining", "beginning", "drops_a_doubled_letter"],
  ["untill", "until", "doubles_a_letter"],
  ["freind", "friend", "swaps_ie"],
  ["recieve", "receive", "swaps_ie"],
  ["hwat", "what", "swaps_letters"],
  ["existance", "existence", "mixes_up_vowels"],
  ["intresting", "interesting", "drops_a_vowel"],
  ["rigt", "right", "drops_a_silent_letter"],
  ["nife", "knife", "drops_a_silent_letter"],
  ["hav", "have", "drops_a_silent_letter"],
  ["goverment", "government", "drops_a_consonant"],
  ["absense", "absence", "mixes_up_like_sounds"],
  ["wronf", "wrong", "slips_to_the_next_key"],
  ["mutch", "much", "adds_a_letter"],
  ["definatly", "definitely", "other"],
  ["kernal", "colonel", "other"],
  ["same", "same", "other"],
];

for (const [misspelling, correction, habit] of cases) {
  Deno.test(`habitOf() sees in ${misspelling} for ${correction}: ${habit}`, () => {
    assertEquals(habitOf(misspelling, correction), habit);
  });
}
