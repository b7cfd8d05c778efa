// The one way for html into a page: what this site rendered, or constants of ours. Browsers that know Trusted Types
// refuse any other (docs/adr/0005-refusal-by-origin.md).
const policy = window.trustedTypes?.createPolicy("pages", { createHTML: (html) => html })

export function ours(html) {
  return policy ? policy.createHTML(html) : html
}
