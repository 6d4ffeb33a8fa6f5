#!/bin/sh
# The browser tests need Chromium: finds it, installs it where that is possible, else says how.
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium &&
        command -v chromium >/dev/null 2>&1 && exit 0
fi
if [ -n "${ALLOW_NO_BROWSER:-}" ]; then
    echo "Browser tests: not run. There is no Chromium here and ALLOW_NO_BROWSER is set."
    exit 0
fi
echo "The browser tests need Chromium: apt install chromium, or set CHROMIUM to its path." >&2
echo "ALLOW_NO_BROWSER=1 leaves them out." >&2
exit 1
