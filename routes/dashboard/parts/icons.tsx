/** The shapes of all icons, drawn on 16 × 16 with lines; status is told by shape and word, never by colour alone. */
const SHAPES = {
  ok: "M3.5 8.5l3 3 6-7",
  fail: "M4 4l8 8M12 4l-8 8",
  run: "M5.5 3.5l6.5 4.5-6.5 4.5z",
  wait: "M8 2.5a5.5 5.5 0 1 0 .01 0M8 5v3.2l2.2 1.6",
  skip: "M2.5 11V9a3.5 3.5 0 0 1 3.5-3.5h6.5M9.5 2.5l3 3-3 3",
  cancel: "M8 2.5a5.5 5.5 0 1 0 .01 0M4.2 4.2l7.6 7.6",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  miss: "M8 3v6.5M8 12.4v.2",
  off: "M8 2.5v5M4.8 4.4a4.9 4.9 0 1 0 6.4 0",
  gear: "M2.5 4.5h7M12.5 4.5h1M2.5 11.5h1M6.5 11.5h7M9.5 2.5v4M6.5 9.5v4",
  copy: "M5.5 5.5h7v8h-7zM10.5 3v-.5h-7v8H4",
  search: "M7 2.5a4.5 4.5 0 1 0 .01 0M10.5 10.5l3.5 3.5",
  brand: "M8 1.8a6.2 6.2 0 1 0 .01 0M8 4.5V8l3 2",
};

export type IconName = keyof typeof SHAPES;

/** Once on each page; `Icon` refers to it. */
export function IconShapes() {
  return (
    <svg class="shapes" width="0" height="0" aria-hidden="true">
      {Object.entries(SHAPES).map(([name, path]) => (
        <symbol id={`i-${name}`} viewBox="0 0 16 16">
          <path d={path} />
        </symbol>
      ))}
    </svg>
  );
}

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" width="16" height="16" aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}
