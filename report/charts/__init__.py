"""Numbers to inline SVG: small, crisp, with a tooltip on every mark; colours are the page's."""
