#!/bin/bash
# Healthy if /health of the service returns 200. The image has bash, but no curl.
set -e
ports=${HTTP_PORTS:-${ASPNETCORE_HTTP_PORTS:-8080}}
exec 3<>"/dev/tcp/127.0.0.1/${ports%%;*}"
printf 'GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r _ status _ <&3
[ "$status" = 200 ]
