// Hubs of the cluster that do not answer, and what is missing for that.

interface Props {
  readonly nodes: readonly string[];
  /** What they would have added. */
  readonly missing: string;
}

export function Silent({ nodes, missing }: Props) {
  if (nodes.length === 0) return null;
  const [verb, whose] = nodes.length === 1 ? ["does", "its"] : ["do", "their"];
  return (
    <div class="notice" role="status">
      {nodes.join(", ")} {verb} not answer; {whose} {missing} are missing.
    </div>
  );
}
