#!/bin/sh
# Reports to `assay alerts` how a unit's run ended; systemd starts it after each run, with SERVICE_RESULT, EXIT_CODE,
# EXIT_STATUS and INVOCATION_ID set. Use: report.sh UNIT
checkout=$(cd "$(dirname "$0")/../.." && pwd)
run=$(date -u +%Y-%m-%dT%H:%M:%SZ)__${INVOCATION_ID:-by-hand}
if [ "$SERVICE_RESULT" = success ]; then
    exec "$checkout/.venv/bin/assay" alerts report-run --dag "$1" --run-id "$run" --outcome success
fi
exec "$checkout/.venv/bin/assay" alerts report-run --dag "$1" --run-id "$run" --outcome failed \
    --detail "$SERVICE_RESULT: $EXIT_CODE $EXIT_STATUS; journalctl -u $1 shows what it said"
