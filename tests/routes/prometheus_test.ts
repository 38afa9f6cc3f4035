import { assertEquals } from "@std/assert";
import { formatMetrics, histogramSamples } from "../../routes/prometheus.ts";

Deno.test("a metric is its help, its type and a line for each sample", () => {
  const text = formatMetrics([
    { name: "a", type: "gauge", help: "A number", samples: [{ value: 1.5 }] },
    {
      name: "b",
      type: "counter",
      help: "Another",
      samples: [{ labels: { job: "x", status: "failed" }, value: 0 }],
    },
  ]);
  assertEquals(
    text,
    `# HELP a A number
# TYPE a gauge
a 1.5
# HELP b Another
# TYPE b counter
b{job="x",status="failed"} 0
`,
  );
});

Deno.test("a metric without samples is left out", () => {
  assertEquals(formatMetrics([{ name: "a", type: "gauge", help: "A", samples: [] }]), "");
});

Deno.test("help and labels are escaped as the format says", () => {
  const text = formatMetrics([{
    name: "a",
    type: "gauge",
    help: 'back\\slash, "quotes" and\na line',
    samples: [{ labels: { job: 'back\\slash, "quotes" and\na line' }, value: 1 }],
  }]);
  assertEquals(
    text,
    String.raw`# HELP a back\\slash, "quotes" and\na line
# TYPE a gauge
a{job="back\\slash, \"quotes\" and\na line"} 1
`,
  );
});

Deno.test("a histogram is cumulative, ends at +Inf, and carries its sum and count", () => {
  const samples = histogramSamples([0.1, 1], [2, 0, 3], 7.25, { job: "x" });
  const text = formatMetrics([{ name: "h", type: "histogram", help: "H", samples }]);
  assertEquals(
    text,
    `# HELP h H
# TYPE h histogram
h_bucket{job="x",le="0.1"} 2
h_bucket{job="x",le="1"} 2
h_bucket{job="x",le="+Inf"} 5
h_sum{job="x"} 7.25
h_count{job="x"} 5
`,
  );
});
