#!/usr/bin/env bash
# Makes docs/report.png, the README's picture, from the page that `make demo` wrote: its top, as Chromium shows it.
# Use: setup/report_picture.sh [PAGE.html [PICTURE.png]]
set -euo pipefail
page=$(realpath "${1:-demo/report.html}")
picture=$(realpath "${2:-docs/report.png}")
most=150000 # bytes: what a README may cost to load

browser=$(command -v chromium || command -v chromium-browser) || {
    echo "report_picture: Chromium is needed; on Debian: apt-get install chromium" >&2
    exit 2
}
[ -f "$page" ] || {
    echo "report_picture: $page is not there; run \`make demo\` first" >&2
    exit 2
}
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
"$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-prefers-color-scheme=light \
    --user-data-dir="$profile" --window-size=1200,1060 --screenshot="$picture" "file://$page" >/dev/null 2>&1
bytes=$(stat -c %s "$picture")
[ "$bytes" -le "$most" ] || {
    echo "report_picture: $picture has $bytes bytes; at most $most are wanted" >&2
    exit 1
}
echo "$picture: $bytes bytes"
