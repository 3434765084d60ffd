// Drawings of 16 by 16, in the colour of the text around them.

const SHAPES = {
  overview: "M2 13V8m4 5V3m4 10V6m4 7v-3",
  connections: "M5 8h6M3.5 5.500v5M12.5 5.500v5M1.5 8h2m9 0h2",
  topics: "M3 2v10.500h4M3 6h4m2-1.500h5v3H9zm0 6.500h5v3H9z",
  health: "M1.5 8h3l2-4.5 3 9 2-4.500h3",
  profiles: "M2 13.500h12M3.5 10.500h9M5 7.500h5.500M6.5 4.500h2.5",
  alarms:
    "M8 2a4 4 0 0 1 4 4c0 3.5 1.5 4.5 1.5 5.500h-11C2.5 10.5 4 9.5 4 6a4 4 0 0 1 4-4zm-1.5 11.500h3",
  settings: "M2 4.500h7m3 0h2M2 11.500h2m3 0h7M10.5 3v3M5.5 10v3",
  sun: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1.500v1m0 11v1M1.5 8h1m11 0h1M3.4 3.400l.7.700m7.8 7.8.7.700m0-9.2-.7.700m-7.8 7.8-.7.7",
  moon: "M13 9.500A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.500z",
  half: "M8 2.500a5.5 5.5 0 1 1 0 11zm0 0a5.5 5.5 0 1 0 0 11",
  keys: "M5.5 6a2.5 2.5 0 1 1 3.5 2.300C8.3 8.7 8 9 8 10m0 2.400v.1",
  leave: "M9.5 3H3v10h6.500M7 8h7m-2.5-2.500L14 8l-2.5 2.5",
  close: "M4 4l8 8m0-8-8 8",
} as const;

export function Icon({ name }: { name: keyof typeof SHAPES }) {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={SHAPES[name]} />
    </svg>
  );
}

/** The mark of the product. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <g fill="none" stroke="var(--accent)" stroke-width="2.4" stroke-linecap="round">
        <path d="M16 16 7 7M16 16l9-9M16 16l-9 9M16 16l9 9" />
        <g fill="var(--panel)">
          <circle cx="6.5" cy="6.5" r="3" />
          <circle cx="25.5" cy="6.5" r="3" />
          <circle cx="6.5" cy="25.5" r="3" />
          <circle cx="25.5" cy="25.5" r="3" />
        </g>
      </g>
      <circle cx="16" cy="16" r="5" fill="var(--accent)" />
    </svg>
  );
}
