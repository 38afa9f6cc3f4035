import { assertEquals, assertMatch } from "@std/assert";
import { type AdapterMetrics, decidePromotion } from "../../../jobs/learning/promotion.ts";

const metrics = (figures: Partial<AdapterMetrics>): AdapterMetrics => ({
  held_out: 10,
  top1: 0.8,
  top3: 0.9,
  prior_top1: 0.5,
  prior_top3: 0.7,
  current_top1: null,
  current_top3: null,
  ...figures,
});

const cases: [string, Partial<AdapterMetrics>, "promoted" | "rejected", RegExp][] = [
  ["a first adapter above the prior is promoted", {}, "promoted", /no adapter was in use before/],
  ["an adapter equal to the prior is rejected", { top1: 0.5 }, "rejected", /not above the prior/],
  ["an adapter below the prior is rejected", { top1: 0.4 }, "rejected", /not above the prior/],
  [
    "an adapter above the prior and the current one is promoted",
    {
      current_top1: 0.7,
      current_top3: 1,
    },
    "promoted",
    /80\.0 %.*70\.0 %/,
  ],
  [
    "an adapter below the current one is rejected",
    {
      current_top1: 0.9,
      current_top3: 0.9,
    },
    "rejected",
    /below the current 90\.0 %/,
  ],
  [
    "at equal top-1 a higher top-3 is promoted",
    {
      current_top1: 0.8,
      current_top3: 0.8,
    },
    "promoted",
    /equals the current/,
  ],
  [
    "at equal top-1 and top-3 the newer one is promoted",
    {
      current_top1: 0.8,
      current_top3: 0.9,
    },
    "promoted",
    /equals the current/,
  ],
  [
    "at equal top-1 a lower top-3 is rejected",
    {
      current_top1: 0.8,
      current_top3: 1,
    },
    "rejected",
    /top-3 90\.0 % is below its 100\.0 %/,
  ],
  [
    "better than the current one but not than the prior is rejected",
    {
      top1: 0.5,
      current_top1: 0.3,
      current_top3: 0.4,
    },
    "rejected",
    /not above the prior/,
  ],
  [
    "nothing held out is no evidence",
    {
      held_out: 0,
      top1: null,
      top3: null,
      prior_top1: null,
      prior_top3: null,
    },
    "rejected",
    /No pair is held out/,
  ],
];

for (const [name, figures, decision, reason] of cases) {
  Deno.test(`decidePromotion(): ${name}`, () => {
    const promotion = decidePromotion(metrics(figures));
    assertEquals(promotion.decision, decision);
    assertMatch(promotion.reason, reason);
  });
}
